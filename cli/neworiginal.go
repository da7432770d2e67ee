// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"
	"path"
	"strings"

	"spotos/internal/bzimage"
	"spotos/patchset/lookup"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// maxOriginal is up to how many lines of an original are written below its replacement.
const maxOriginal = 150

// originals returns for each function its text in the kernel's source as a part of C that is not compiled, "" where it
// is not at hand. Nothing is downloaded.
func (x *newPatchFlags) originals(ctx context.Context, k *lookup.Kernel, functions []*lookup.Function) (
	[]string, error) {
	texts := make([]string, len(functions))
	from, err := x.sourceAtHand(k)
	if from == nil {
		return texts, err
	}
	for i, f := range functions {
		patterns, err := x.where(k, f)
		if err != nil {
			return nil, err
		}
		found, err := from.Definitions(ctx, f.Name, patterns...)
		if err != nil {
			return nil, err
		}
		texts[i] = original(from, f, found)
	}
	return texts, nil
}

// sourceAtHand returns the kernel's source if it was named or is kept, else nil.
func (x *newPatchFlags) sourceAtHand(k *lookup.Kernel) (*source.Source, error) {
	store := &source.Store{Dir: x.cache, Say: note}
	if x.source != "" {
		return store.Given(x.source)
	}
	banner, err := bzimage.Version(k.Files.Image)
	if err != nil {
		return nil, err
	}
	version, err := source.VersionOf(banner)
	if err != nil {
		return nil, nil // no kernel of Debian's: there is no source of it to be kept
	}
	kept, has := store.Kept(version)
	if !has {
		if x.file != "" {
			return nil, usageError{fmt.Errorf("--file: the source of kernel %s is not in %s: name it with --source", version,
				x.cache)}
		}
		return nil, nil
	}
	return kept, nil
}

// where returns in which files of the source to look for a function: the one that was named, those of the module's
// directory, or none, which is wherever something has been unpacked before.
func (x *newPatchFlags) where(k *lookup.Kernel, f *lookup.Function) ([]string, error) {
	if x.file != "" {
		return []string{x.file}, nil
	}
	if f.Object == running.VMLinux {
		return nil, nil
	}
	file, err := k.Files.ModuleFile(f.Object)
	return []string{strings.TrimPrefix(path.Dir(file), "kernel/") + "/*"}, err
}

// original returns the text of a function as a part of C that is not compiled, and says where it is left out.
func original(from *source.Source, f *lookup.Function, found []source.Definition) string {
	if len(found) != 1 {
		why := "where it is, nobody has said: name its file with --file"
		if len(found) > 1 {
			var files []string
			for _, d := range found {
				files = append(files, fmt.Sprintf("%s:%d", d.File, d.Line))
			}
			why = fmt.Sprintf("it is defined in %s: name one with --file", strings.Join(files, ", "))
		}
		note(fmt.Sprintf("the original of %s() is left out: %s", f.Name, why))
		return ""
	}
	d := found[0]
	lines := strings.Count(d.Text, "\n") + 1
	where := fmt.Sprintf("%s:%d of kernel %s", d.File, d.Line, from.Name())
	if lines > maxOriginal {
		note(fmt.Sprintf("the original of %s() is left out: it has %d lines; it is in %s", f.Name, lines, where))
		return comment(fmt.Sprintf("The original has %d lines: see %s.", lines, where))
	}
	return comment("The original: "+where+". What is static or not exported there can be declared extern and used, "+
		"see docs/patches.md, or copied.") +
		"\n#if 0\n" + strings.Join(d.Includes, "\n") + "\n\n" + d.Text + "\n#endif"
}
