// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// File is a file that a fix changes, before and after.
type File struct {
	Path     string
	Original string
	Patched  string
	Header   bool // it is included by others: who builds must find them
}

// Result is what a fix does to a source.
type Result struct {
	Files []File   // sorted by path
	Left  []Left   // changes that need not be in a patch
	Notes []string // where a hunk was found at another line than the diff has
}

// Apply applies diffs one after the other to files that read returns. Nothing is written. The error joins a *Refusal
// for each thing that stands in the way; an error of read that is not fs.ErrNotExist is returned as it is.
func Apply(diffs []*Diff, read func(file string) ([]byte, error)) (*Result, error) {
	a := &application{read: read, files: make(map[string]*File), result: &Result{}}
	for _, d := range diffs {
		for _, f := range d.files {
			if err := a.file(f); err != nil {
				return nil, err
			}
		}
	}
	if err := a.judge(); err != nil {
		return nil, err
	}
	return a.result, nil
}

// application is one run of Apply.
type application struct {
	read     func(string) ([]byte, error)
	files    map[string]*File
	result   *Result
	refusals []error
}

func (a *application) refuse(r *Refusal) { a.refusals = append(a.refusals, r) }

// file applies the changes to one file.
func (a *application) file(f *gitdiff.File) error {
	name := trimmed(cmp.Or(f.OldName, f.NewName))
	if left, is := aside(name); is {
		if !slices.Contains(a.result.Left, left) {
			a.result.Left = append(a.result.Left, left)
		}
		return nil
	}
	if r := unfit(f, name); r != nil {
		a.refuse(r)
		return nil
	}
	file := a.files[name]
	if file == nil {
		text, err := a.read(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			a.refuse(&Refusal{Kind: NotInSource, File: name, Why: "the kernel's source has no such file",
				Do: "the fix is for another version of the kernel, or the file has moved: look for the fix in the " +
					"stable series of this kernel"})
			return nil
		}
		if err != nil {
			return err
		}
		file = &File{Path: name, Original: string(text), Patched: string(text), Header: path.Ext(name) == ".h"}
		a.files[name] = file
	}
	patched, notes, refusals := applyHunks(file.Patched, f.TextFragments)
	for _, r := range refusals {
		r.File = name
		a.refuse(r)
	}
	for _, note := range notes {
		a.result.Notes = append(a.result.Notes, name+": "+note)
	}
	file.Patched = patched
	return nil
}

// unfit refuses a change of a kind that no patch can have.
func unfit(f *gitdiff.File, name string) *Refusal {
	const move = "put what is new into a file that the kernel has, and leave the rest out of the diff"
	switch {
	case !fs.ValidPath(name):
		return &Refusal{Kind: NotInSource, File: name, Why: "this path leads out of the kernel's source"}
	case f.IsBinary:
		return &Refusal{Kind: Binary, File: name, Why: "a binary file cannot be patched", Do: "leave it out of the diff"}
	case f.IsRename || f.IsCopy:
		return &Refusal{Kind: RenamedFile, File: name, Why: "it is renamed or copied to " + f.NewName, Do: move}
	}
	if r := barred(name); r != nil {
		return r
	}
	switch {
	case f.IsNew || f.OldName == "/dev/null":
		return &Refusal{Kind: NewFile, File: trimmed(f.NewName), Why: "it is a new file", Do: move}
	case f.IsDelete || f.NewName == "/dev/null":
		return &Refusal{Kind: DeletedFile, File: name, Why: "it is deleted",
			Do: "code that runs cannot be taken away: leave the file out of the diff"}
	}
	return nil
}

// judge looks at what has come of the files, and refuses where no change is left.
func (a *application) judge() error {
	if err := a.appliedAlready(); err != nil {
		return err
	}
	if len(a.refusals) > 0 {
		return errors.Join(a.refusals...)
	}
	for _, file := range a.files {
		if sameCode(file.Original, file.Patched) {
			a.result.Left = append(a.result.Left, Left{file.Path, CommentsOnly, "only comments or blanks change in it"})
			continue
		}
		a.result.Files = append(a.result.Files, *file)
	}
	slices.SortFunc(a.result.Files, func(x, y File) int { return strings.Compare(x.Path, y.Path) })
	slices.SortFunc(a.result.Left, func(x, y Left) int { return strings.Compare(x.File, y.File) })
	if len(a.result.Files) > 0 {
		return nil
	}
	for _, left := range a.result.Left {
		a.refuse(&Refusal{Kind: left.Kind, File: left.File, Why: left.Why})
	}
	if len(a.refusals) == 0 {
		a.refuse(&Refusal{Kind: Unchanged, Why: "the diff changes no line"})
	}
	last := a.refusals[len(a.refusals)-1].(*Refusal)
	last.Do = "nothing in the running kernel would change: there is nothing to patch"
	return errors.Join(a.refusals...)
}

// appliedAlready makes one refusal of many if the source has the whole fix.
func (a *application) appliedAlready() error {
	for _, err := range a.refusals {
		if r := err.(*Refusal); r.Kind != Applied {
			return nil
		}
	}
	for _, file := range a.files {
		if file.Original != file.Patched {
			return nil
		}
	}
	if len(a.refusals) == 0 {
		return nil
	}
	first := a.refusals[0].(*Refusal)
	return &Refusal{Kind: Applied, File: first.File, Do: "there is nothing to patch",
		Why: "the source has this fix already, all of it"}
}
