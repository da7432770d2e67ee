// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"context"
	"errors"
	"fmt"

	"spotos/patchset/build"
	"spotos/patchset/proof"
	"spotos/patchset/source"
)

// files takes what changed out of each file. A file without a difference in its code is left out, unless all are.
func (m *maker) files(ctx context.Context) error {
	units, err := m.units(ctx)
	if err != nil {
		return err
	}
	var refused []build.Refusal
	for i, file := range units {
		err := m.file(ctx, i, file)
		var one *build.RefusedError
		var compiler *build.CompileError
		switch {
		case errors.As(err, &one):
			refused = append(refused, one.Refusals...) // a header's structure is refused in each file
		case errors.Is(err, build.ErrSame):
			m.same(file.Path)
		case errors.As(err, &compiler) && m.implied[file.Path]:
			refused = append(refused, m.notCompiled(file.Path, compiler))
		case errors.As(err, &compiler): // it names the file
			return err
		case err != nil:
			return fmt.Errorf("%s: %w", file.Path, err)
		}
	}
	refused = append(refused, m.scattered()...)
	refused = append(refused, m.abandoned()...)
	switch {
	case len(refused) > 0:
		return build.Refused(refused)
	case len(m.taken) == 0:
		return build.ErrSame
	case len(m.result.Functions) == 0:
		return errors.New("the fix adds functions and changes none: nobody would call them")
	}
	return m.resolveAll()
}

// same leaves a file out. Of one that the fix does not change itself nobody expects anything.
func (m *maker) same(file string) {
	if m.implied[file] {
		m.say("%s stays as it is: its code is the same with the changed header", file)
		return
	}
	m.result.Same = append(m.result.Same, file)
	m.say("%s is left out: its code is the same before and after", file)
}

// file takes what changed out of one file. One that only includes a header is proved too, also if it stays: compiled in
// another way than the kernel's, it might lack just what changed.
func (m *maker) file(ctx context.Context, n int, file source.File) error {
	c, err := m.compile(ctx, file)
	if err != nil {
		return err
	}
	m.say("comparing %s with the kernel's code", file.Path)
	if err := m.place(c); err != nil {
		return err
	}
	proved, code, err := m.prove(c)
	if err != nil {
		return err
	}
	x, err := build.Extract(c.original, c.patched, build.Options{Tag: tag(n), ObjtoolLater: m.later,
		Rebuild: m.Rebuild[file.Path]})
	if x != nil {
		m.noteGone(x.Gone, proved, code)
	}
	if err != nil {
		return err
	}
	for _, r := range x.Replacements {
		f, err := locate(r, proved, code)
		if err != nil {
			return err
		}
		f.File = file.Path
		m.result.Functions = append(m.result.Functions, f)
	}
	m.taken = append(m.taken, taken{x, proved, code})
	m.origins = append(m.origins, proof.Original{Object: code.Object, File: file.Path, Data: c.data})
	m.result.Stays = append(m.result.Stays, x.Kept...)
	return nil
}

// tag tells the files of a patch apart: the first needs none.
func tag(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d_", n+1)
}
