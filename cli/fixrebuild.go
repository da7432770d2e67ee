// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"spotos/patchset/source"
)

// titledBy is how many functions a title names at most.
const titledBy = 4

// checkRebuild says what does not go together with --rebuild.
func (x *fixFlags) checkRebuild() error {
	bare := slices.ContainsFunc(x.rebuild, func(what string) bool { return !strings.Contains(what, ":") })
	switch {
	case len(x.diffs)+len(x.functions) > 0 || x.to+x.recipe != "":
		return usageError{errors.New("--rebuild compiles functions of the kernel's own source again: name no fix")}
	case bare && len(x.files) != 1, !bare && len(x.files) > 0:
		return usageError{errors.New("--rebuild wants to know each function's file: name one with --file for all of them, " +
			"or each as FILE:NAME")}
	}
	return x.checkSource()
}

// rebuilt returns the functions of --rebuild by their files.
func (x *fixFlags) rebuilt() map[string][]string {
	functions := map[string][]string{}
	for _, what := range x.rebuild {
		file, name, told := strings.Cut(what, ":")
		if !told {
			file, name = x.files[0], what
		}
		functions[file] = append(functions[file], name)
	}
	return functions
}

// rebuiltNames returns the names of the functions that are to be compiled again.
func rebuiltNames(rebuild []string) []string {
	var names []string
	for _, what := range rebuild {
		names = append(names, what[strings.IndexByte(what, ':')+1:])
	}
	return names
}

// titleOf says what a patch of functions' own code is.
func titleOf(functions []string) string {
	names := strings.Join(functions, ", ")
	if more := len(functions) - titledBy; more > 0 {
		names = fmt.Sprintf("%s and %d more", strings.Join(functions[:titledBy], ", "), more)
	}
	return names + ": the same code, compiled again"
}

// recompile returns the files of --rebuild, as they are.
func (x *fixFlags) recompile(ctx context.Context, original *source.Source) (*source.Result, error) {
	result := &source.Result{}
	for _, file := range slices.Sorted(maps.Keys(x.rebuilt())) {
		if err := original.Need(ctx, file); err != nil {
			return nil, err
		}
		text, err := original.Read(file)
		if err != nil {
			return nil, err
		}
		result.Files = append(result.Files, source.File{Path: file, Original: string(text), Patched: string(text)})
	}
	return result, nil
}
