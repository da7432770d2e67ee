// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// units.mk prints what a Makefile of the kernel has built in one directory.
//
//go:embed units.mk
var unitsRules []byte

// Roots are directories that the top Makefile and that of x86 name, beside those that the file Kbuild does. These two
// say too much else to be read. Do not change them.
var Roots = []string{"lib", "arch/x86/lib", "arch/x86/pci", "arch/x86/power", "arch/x86/video"}

// Units returns the objects of a kernel and its modules, as paths in the source without ".o", sorted: whatever kbuild
// compiles with the configuration of these headers. tree has all Makefiles of the source (see IsRule). What is compiled
// by other rules, as the vDSO is, and what is not in the kernel that runs, is not among them.
func Units(ctx context.Context, kernelDir, tree string) ([]string, error) {
	config, err := filepath.Abs(filepath.Join(kernelDir, "include/config/auto.conf"))
	if err != nil {
		return nil, err
	}
	rules, err := os.CreateTemp("", "spotos-units-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(rules.Name())
	if _, err := rules.Write(unitsRules); err != nil || rules.Close() != nil {
		return nil, errors.Join(err, errors.New("writing the rules that list objects"))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &walk{ctx: ctx, fail: cancel, tree: tree, config: config, rules: rules.Name(), seen: make(map[string]bool),
		units: make(map[string]bool), slots: make(chan struct{}, runtime.NumCPU())}
	w.directory(".")
	for _, dir := range Roots {
		w.directory(dir)
	}
	w.running.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("finding out what is compiled for this kernel: %w", err)
	}
	var units []string
	for unit := range w.units {
		units = append(units, unit)
	}
	slices.Sort(units)
	return units, nil
}

// IsRule reports whether a file of the source is one that Units reads.
func IsRule(file string) bool {
	name := path.Base(file)
	return strings.HasPrefix(name, "Makefile") || strings.HasPrefix(name, "Kbuild") || path.Ext(name) == ".mk"
}

// walk goes through the directories of a source as kbuild does.
type walk struct {
	ctx                 context.Context
	fail                context.CancelCauseFunc
	tree, config, rules string
	running             sync.WaitGroup
	slots               chan struct{}

	mu    sync.Mutex
	seen  map[string]bool // directories
	units map[string]bool
}

// directory lists a directory and those that its Makefile names, beside what else is going on.
func (w *walk) directory(dir string) {
	w.mu.Lock()
	known := w.seen[dir]
	w.seen[dir] = true
	w.mu.Unlock()
	if known {
		return
	}
	w.running.Go(func() {
		w.slots <- struct{}{}
		found, err := w.list(dir)
		<-w.slots
		if err != nil {
			w.fail(err)
			return
		}
		for _, name := range found {
			name, isDir := strings.CutSuffix(name, "/")
			at := path.Join(dir, name)
			if isDir {
				w.directory(at)
			} else if unit, is := strings.CutSuffix(at, ".o"); is {
				w.mu.Lock()
				w.units[unit] = true
				w.mu.Unlock()
			}
		}
	})
}

// list returns what a directory's Makefile has built, in its words: objects, and directories with a slash behind.
func (w *walk) list(dir string) ([]string, error) {
	makefile := ""
	for _, name := range []string{"Kbuild", "Makefile"} {
		_, err := os.Stat(filepath.Join(w.tree, dir, name))
		if err == nil {
			makefile = path.Join(dir, name)
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if makefile == "" {
		return nil, fmt.Errorf("the source has no Makefile in %s, which another one names", dir)
	}
	output, err := Run(w.ctx, w.tree, "make", "-rRs", "-f", w.rules, "spotos_rule="+makefile, "spotos_dir="+dir,
		"spotos_config="+w.config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", makefile, err, output)
	}
	for line := range strings.Lines(output) {
		if list, is := strings.CutPrefix(line, "spotos_units: "); is {
			return strings.Fields(list), nil
		}
	}
	return nil, fmt.Errorf("%s: make printed no list: %s", makefile, output)
}
