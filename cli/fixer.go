// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/patchset/fix"
	"spotos/patchset/fixes"
	"spotos/session"
	"spotos/session/live"
)

// fixer is the console's machine, with the fixes that a kernel lacks: this machine's or another one.
type fixer struct {
	*live.Machine
	flags  *flags
	kernel string // as --kernel has it
}

// work returns a request that reports to work. notes receives what a person should know of it.
func (c *fixer) work(work session.Work, notes *[]string) *fixFlags {
	return &fixFlags{kernel: c.kernel, cache: c.flags.cache, output: c.flags.patches, ask: !work.Download,
		said:    func(text string) { work.Report(session.Progress{Step: text}) },
		noted:   func(text string) { *notes = append(*notes, text) },
		arrived: func(done, total int64) { work.Report(session.Progress{Done: done, Total: total}) },
	}
}

// Fixes implements session.Fixer.
func (c *fixer) Fixes(ctx context.Context, work session.Work) (session.FixList, error) {
	work.Report(session.Progress{Step: "asking what is newer than this kernel's source"})
	list, err := c.work(work, new([]string)).lacking(ctx, fixes.Filter{})
	if err != nil {
		return list, err
	}
	together(list.Fixes)
	return list, nil
}

// together says of each fix which functions a patch takes with it, and what that patch is called.
func together(all []session.Fix) {
	type place struct{ file, title string }
	at := make(map[place][]string)
	for _, f := range all {
		for _, t := range f.Fixes {
			if f.Function != "" && !t.Guessed {
				key := place{f.File, t.Title}
				at[key] = append(at[key], f.Function)
			}
		}
	}
	for i := range all {
		f := &all[i]
		f.Name = patchName(strings.TrimSuffix(filepath.Base(f.File), filepath.Ext(f.File)))
		if f.Function != "" {
			f.Name, f.Whole, f.Take = patchName(f.Function), f.Name, []string{f.Function}
		}
		for _, t := range f.Fixes {
			for _, function := range at[place{f.File, t.Title}] {
				if !t.Guessed && !slices.Contains(f.Take, function) {
					f.Take = append(f.Take, function)
				}
			}
		}
	}
}

// patchName returns the name of a patch of a function or a file.
func patchName(of string) string {
	name := nameFrom(of)
	if !moduleName.MatchString(name) {
		name = "fix_" + name
	}
	return patchset.DisplayName(name)
}

// BuildFix implements session.Fixer.
func (c *fixer) BuildFix(ctx context.Context, from session.FixList, wanted session.Fix, work session.Work) (
	session.BuiltFix, error) {
	var built session.BuiltFix
	kernel, err := fix.FindKernel(c.kernel)
	if err != nil {
		return built, err
	}
	if err := kernel.Tools(); err != nil {
		return built, err
	}
	if err := unix.Access(c.flags.patches, unix.W_OK); err != nil {
		return built, fmt.Errorf("the patch would go to the catalogue %s: %w: name a directory that can be written with "+
			"--patches", c.flags.patches, err)
	}
	x := c.work(work, &built.Notes)
	x.to, x.files, x.functions, x.name = from.To, []string{wanted.File}, wanted.Take, wanted.Name
	x.overwrite = true // the question has said what is replaced
	var titles []string
	for _, t := range wanted.Fixes {
		if !t.Guessed { // a guess is no claim that a patch could make
			titles = append(titles, t.Title)
			x.references = append(x.references, t.CVEs...)
		}
	}
	x.title = strings.Join(titles, "; ")
	if err := x.mayGet(ctx, x.store(), from.From, from.To); err != nil {
		return built, err
	}
	made, _, err := c.flags.makeFix(ctx, x, "") // what is left out is among the notes
	if err != nil {
		return built, err
	}
	built.Patch = wanted.Name
	for _, fn := range made.Functions {
		built.Functions = append(built.Functions, fn.Name)
	}
	if len(made.Stays) > 0 {
		built.Notes = append(built.Notes, patchset.StaysText(made.Stays))
	}
	return built, nil
}
