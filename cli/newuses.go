// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"spotos/patchset/fix"
	"spotos/patchset/lookup"
	"spotos/patchset/prototype"
)

// newUses is what the originals of a patch use that the kernel does not export, for the patch's source.
type newUses struct {
	Externs []string // declarations of functions
	Others  []string // comments about the rest
}

// uses writes down what the originals of these functions use.
func (x *newPatchFlags) uses(k *lookup.Kernel, file *prototype.File, functions []*lookup.Function) (newUses, error) {
	var all newUses
	exports, err := fix.ReadExports(filepath.Join(k.Files.Headers, "Module.symvers"))
	if err != nil {
		return all, err
	}
	lists := make(map[string][]string)
	for _, f := range functions {
		used, err := k.Uses(f, exports)
		if err != nil {
			return all, err
		}
		for _, u := range used {
			text, kind := declared(file, u)
			if text != "" && !slices.Contains(all.Externs, text) {
				all.Externs = append(all.Externs, text)
			}
			if kind != "" && !slices.Contains(lists[kind], u.Name) {
				lists[kind] = append(lists[kind], u.Name)
			}
		}
	}
	for _, kind := range []string{usesData, usesGlobal, usesUnknown, usesCopies} {
		if len(lists[kind]) > 0 {
			all.Others = append(all.Others, comment(kind+": "+strings.Join(lists[kind], ", ")+"."))
		}
	}
	return all, nil
}

// What is said of uses for which no declaration is written.
const (
	usesData    = "Data, whose type is in the source"
	usesGlobal  = "Declared in headers of the kernel"
	usesUnknown = "Functions whose type is in the source"
	usesCopies  = "Made by the compiler of functions that have to be copied from the source"
)

// declared returns the declaration of a function that is used, or which list its name belongs to.
func declared(file *prototype.File, u lookup.Used) (text, kind string) {
	switch {
	case u.Copy:
		return "", usesCopies
	case !u.Static:
		return "", usesGlobal
	case !u.Code:
		return "", usesData
	case u.Type == nil:
		return "", usesUnknown
	}
	heading, err := file.Heading(u.Name, u.Type)
	if err != nil {
		return "", usesUnknown
	}
	return "extern " + strings.TrimPrefix(heading, "static ") + ";", ""
}
