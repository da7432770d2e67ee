// SPDX-License-Identifier: GPL-2.0-only

// Package fixes says what a newer version of the kernel's source has that a kernel lacks: which functions of which
// files differ, what Debian's changelog says of it, whether it can become a patch, and what the file is compiled into.
//
// It reads texts and compiles nothing, so what it says of patches is a likelihood: patchset/fix has the answer.
package fixes

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"spotos/patchset/source"
)

// File is a file of the kernel's source that differs in the newer one.
type File struct {
	Path    string
	Parts   []string `json:",omitempty"` // VMLinux or modules' names, with underscores; none: it is not compiled
	State   State    // of the whole file
	Changes source.Changes
}

// State is what a newer source does to a file.
type State string

// The states of a File.
const (
	Changed State = "changed"
	New     State = "new"
	Gone    State = "gone"
)

// Compiled reports whether the kernel has code of the file. Of a header it is not known.
func (f *File) Compiled() bool { return len(f.Parts) > 0 }

// Header reports whether the file is one that others include.
func (f *File) Header() bool { return strings.HasSuffix(f.Path, ".h") }

// Survey returns the files that differ between two sources and have to do with a kernel of x86, by their paths.
// headers is the directory of the configured headers of the kernel that was built from the old one. What it found it
// keeps in the store: reading both sources takes a minute or two, and the second time no more than a second. It writes
// beside the sources, and needs make.
func Survey(ctx context.Context, store *source.Store, pair source.Pair, headers string) ([]File, error) {
	kept, err := keptAt(store.Dir, pair, headers)
	if err != nil {
		return nil, err
	}
	files, err := kept.read()
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return files, err
	}
	if files, err = survey(ctx, pair, headers, store.Say); err != nil {
		return nil, err
	}
	return files, kept.write(files)
}

func survey(ctx context.Context, pair source.Pair, headers string, say func(string)) ([]File, error) {
	all, err := pair.Files(ctx)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, some := range []struct {
		state State
		paths []string
	}{{New, all.New}, {Gone, all.Gone}, {Changed, all.Changed}} {
		for _, file := range some.paths {
			left, refusal := source.Place(file)
			if left == nil && (some.state != Changed || refusal != nil) {
				files = append(files, File{Path: file, State: some.state})
			}
		}
	}
	old, err := pair.Old.List(ctx)
	if err != nil {
		return nil, err
	}
	rules := rulesOf(old)
	if err := pair.Old.Need(ctx, slices.Concat(rules, wanted(all))...); err != nil { // in one reading of the source
		return nil, err
	}
	if say != nil {
		say("finding which files kernel " + pair.Old.Name() + " is compiled of")
	}
	parts, err := compiled(ctx, pair.Old, rules, headers)
	if err != nil {
		return nil, err
	}
	if say != nil {
		say("comparing " + pair.Old.Name() + " with " + pair.New.Name() + ", function by function")
	}
	err = pair.Survey(ctx, func(string) bool { return true }, func(file string, c source.Changes) error {
		files = append(files, File{Path: file, Parts: parts[file], State: Changed, Changes: c})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range files {
		if files[i].State == Gone {
			files[i].Parts = parts[files[i].Path]
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}
