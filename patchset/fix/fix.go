// SPDX-License-Identifier: GPL-2.0-only

// Package fix makes a patch's module out of a fix of the kernel's source. It is the one way from a diff to a file that
// can be armed: it has the changed files compiled as they were and as they are to be, proves that the first are the
// code of the kernel that is to be patched, takes out what changed, and has kbuild link that with a list of the
// functions to switch.
//
// The packages beside it know one step each: patchset/source the source and the diff, patchset/build the objects,
// patchset/running the kernel's code.
package fix

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"spotos/patchset/build"
	"spotos/patchset/proof"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// Request is a fix, and the kernel it is for.
type Request struct {
	Kernel  *Kernel
	Source  *source.Source // of that very kernel
	Files   []source.File  // what the fix changes
	Diff    string         // the same as text, which the module carries
	About   About
	Rebuild map[string][]string // by file: functions that are replaced by the same code, compiled again
	Symvers []string            // Module.symvers of spotos.ko for the kernel, and of other modules that are not its own
	Out     string              // the module's file, whose name is the patch's
	// Livepatch has the same replacements made a module for the kernel's own livepatch, to compare with. It carries no
	// list for SPOTOS, which neither reads nor switches it.
	Livepatch bool
	Say       func(line string) // hears one line before each step that takes long; may be nil
}

// About is what the patch says of itself.
type About struct {
	Title      string
	Severity   string   // low, medium, high, critical, or ""
	References []string // CVEs, commits
	Builder    string   // the program that makes it, with its version; "": it is not said
}

// Result is what was made.
type Result struct {
	Out       string
	Functions []Function
	Late      int      // references that the kernel's loader resolves through its table of all symbols
	Same      []string // files whose code the fix does not change
	// Stays says what may be called after a revert. If anything, the patch's module stays loaded once it was applied.
	Stays []string
}

// Function is a function that the patch replaces.
type Function struct {
	File     string
	Name     string
	Object   string // vmlinux or a module
	Position int    // among the object's functions of that name, from 1; 0: it is the only one
	Addr     uint64 // as linked
	Symbol   string // the replacement's, in the module
}

// maker makes one patch.
type maker struct {
	Request
	list       []string // the source's files, once they are needed
	dir        string   // which is removed at the end
	kernel     *running.Code
	exports    Exports
	headers    []source.File
	implied    map[string]bool   // files that are compiled because they include a header of the fix
	pins       map[string]string // for each module that late references lead to, a symbol that it exports
	held       []string          // those that export none
	namespaces map[string]bool   // of exported symbols that the patch uses
	later      bool              // objtool runs over the linked module
	result     Result
	taken      []taken
	gone       []gone
	origins    []proof.Original // what the module carries, so that the proof can be repeated
	targets    map[string]build.Target
	builds     map[string]string // the build ID of each module that the patch leads into
}

// taken is what was taken out of one file, and the code that its original is proved to be.
type taken struct {
	*build.Extracted
	proof *running.Proof
	code  *running.Code
}

// Make makes the module. Nothing of it is left behind if it fails, or when ctx ends. What cannot be switched is a
// *build.RefusedError, and a source that is not the kernel's a *running.Difference.
func Make(ctx context.Context, r Request) (*Result, error) {
	dir, err := os.MkdirTemp("", "spotos-build-")
	if err != nil {
		return nil, fmt.Errorf("building a patch: %w", err)
	}
	defer os.RemoveAll(dir)
	if info, err := os.Stat(filepath.Dir(r.Out)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no directory that a patch could be put into", filepath.Dir(r.Out))
	}
	m := &maker{Request: r, dir: dir, pins: make(map[string]string),
		targets: make(map[string]build.Target), builds: make(map[string]string), implied: make(map[string]bool),
		namespaces: make(map[string]bool)}
	m.say("reading the code of kernel %s", r.Kernel.Release)
	if m.kernel, err = running.ReadKernel(r.Kernel.Image); err != nil {
		return nil, err
	}
	symvers := append([]string{filepath.Join(r.Kernel.Headers, "Module.symvers")}, r.Symvers...)
	if m.exports, err = ReadExports(symvers...); err != nil {
		return nil, err
	}
	if m.later, err = build.ObjtoolLater(r.Kernel.Headers); err != nil {
		return nil, err
	}
	if err := m.files(ctx); err != nil {
		return nil, err
	}
	if err := m.link(ctx); err != nil {
		return nil, err
	}
	m.result.Out, m.result.Late = r.Out, len(m.targets)
	return &m.result, nil
}

func (m *maker) say(format string, args ...any) {
	if m.Say != nil {
		m.Say(fmt.Sprintf(format, args...))
	}
}

// one returns the error for a single refusal.
func one(symbol, why, remedy string) error {
	return &build.RefusedError{Refusals: []build.Refusal{{Symbol: symbol, Why: why, Remedy: remedy}}}
}
