// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"path"
	"slices"
)

// Pair is two versions of a kernel's source.
type Pair struct{ Old, New *Source }

// Files returns which files differ. The first time it reads both sources whole to list them.
func (p Pair) Files(ctx context.Context) (Difference, error) {
	old, err := p.Old.Index(ctx)
	if err != nil {
		return Difference{}, err
	}
	fresh, err := p.New.Index(ctx)
	if err != nil {
		return Difference{}, err
	}
	return old.Compare(fresh), nil
}

// Text returns a file in both versions. It refuses one that only one of them has, or that no patch can have.
func (p Pair) Text(ctx context.Context, file string) (from, to string, err error) {
	if r := barred(file); r != nil {
		return "", "", r
	}
	sides := [2]string{}
	for i, side := range []*Source{p.Old, p.New} {
		if err := side.Need(ctx, file); err != nil {
			return "", "", lacking(err, file, i == 0)
		}
		data, err := side.Read(file)
		if err != nil {
			return "", "", err
		}
		sides[i] = string(data)
	}
	return sides[0], sides[1], nil
}

// lacking makes a refusal of an error that says that a version has no such file.
func lacking(err error, file string, old bool) error {
	if _, is := err.(*NotInSourceError); !is {
		return err
	}
	if old {
		return &Refusal{Kind: NotInSource, File: file, Why: err.Error(),
			Do: "look for its name with `dpkg -c` or on the web: the file may have moved, or be new"}
	}
	return &Refusal{Kind: DeletedFile, File: file, Why: err.Error(), Do: "it was moved or removed: name another version"}
}

// Cut returns the difference of a file as a unified diff: all of it, or restricted to some functions, with what was
// left. Of a whole difference only the text is set in the result.
func (p Pair) Cut(ctx context.Context, file string, functions ...string) (diff string, cut *CutResult, err error) {
	from, to, err := p.Text(ctx, file)
	if err != nil {
		return "", nil, err
	}
	cut = &CutResult{Text: to}
	if len(functions) > 0 {
		if cut, err = Cut(file, from, to, functions); err != nil {
			return "", nil, err
		}
	}
	switch {
	case from == to:
		return "", nil, &Refusal{Kind: Unchanged, File: file, Why: "it is the same in " + p.Old.Name() + " and " +
			p.New.Name(), Do: "name other versions, or another file"}
	case sameCode(from, cut.Text):
		return "", nil, &Refusal{Kind: CommentsOnly, File: file, Why: "only comments or blanks differ",
			Do: "there is nothing to patch"}
	}
	return Unified(file, from, cut.Text), cut, nil
}

// Survey calls each with what differs in every file of C that both versions have and that want takes, in the order of
// their paths. It ends with the first error of each.
func (p Pair) Survey(ctx context.Context, want func(file string) bool, each func(file string, c Changes) error) error {
	all, err := p.Files(ctx)
	if err != nil {
		return err
	}
	files := slices.DeleteFunc(all.Changed, func(file string) bool {
		_, aside := aside(file)
		return aside || !slices.Contains([]string{".c", ".h"}, path.Ext(file)) || !want(file)
	})
	if len(files) == 0 {
		return nil
	}
	for _, side := range []*Source{p.Old, p.New} {
		if err := side.Need(ctx, files...); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, err := p.Old.Read(file)
		if err != nil {
			return err
		}
		to, err := p.New.Read(file)
		if err != nil {
			return err
		}
		if err := each(file, Compare(string(from), string(to))); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the files in which a function differs, is new or is gone. Of one that a macro defines it takes the names
// that the compiler makes of it too: __x64_sys_dup2.
func (p Pair) Find(ctx context.Context, function string) ([]string, error) {
	var files []string
	err := p.Survey(ctx, func(string) bool { return true }, func(file string, c Changes) error {
		if slices.ContainsFunc(slices.Concat(c.Bodies, c.Heads, c.New, c.Gone), func(name string) bool {
			return name == function || slices.Contains(Names(name), function)
		}) {
			files = append(files, file)
		}
		return nil
	})
	return files, err
}
