// SPDX-License-Identifier: GPL-2.0-only

// Package kbuild reads the Makefiles of a kernel's source: what is compiled with a configuration, and into what. It
// asks make, which reads them as the kernel's build does. What is compiled by other rules, as the vDSO is, and what is
// not in the kernel that runs, is not among it.
package kbuild

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"spotos/patchset/build"
)

// VMLinux stands for the kernel itself among what a file is compiled into.
const VMLinux = "vmlinux"

// ConfigFile is where a kernel's headers have its configuration, as make reads it.
const ConfigFile = "include/config/auto.conf"

// list.mk prints what a Makefile of the kernel has built in one directory.
//
//go:embed list.mk
var listRules []byte

// roots are the directories that kbuild begins with: the first has a list of most others. The rest are those that the
// top Makefile and that of x86 name. These two say too much else to be read.
var roots = []string{".", "lib", "arch/x86/lib", "arch/x86/pci", "arch/x86/power", "arch/x86/video"}

// Walk says what is read.
type Walk struct {
	Headers string                // directory of the kernel's headers, configured
	Tree    string                // directory with the source's Makefiles: all for which IsRule is true
	Follow  func(dir string) bool // whether to read a directory; nil: all
	// Whole has a directory that make cannot read be an error, so that nothing is left out. Otherwise its files count as
	// not compiled.
	Whole bool
}

// Compiled is what is compiled. Files are paths in the source.
type Compiled struct {
	Units []string            // objects, without ".o", sorted
	Into  map[string][]string // file of C to VMLinux or names of modules, with underscores
	By    map[string]string   // file of C to the directory whose rules name it
}

// IsRule reports whether a file of the source is one that Read has make read.
func IsRule(file string) bool {
	name := path.Base(file)
	return strings.HasPrefix(name, "Makefile") || strings.HasPrefix(name, "Kbuild") || path.Ext(name) == ".mk"
}

// Read reads the Makefiles from the top of the source on.
func Read(ctx context.Context, w Walk) (*Compiled, error) {
	r := &reader{Walk: w, units: make(map[string]bool), found: Compiled{Into: make(map[string][]string),
		By: make(map[string]string)}}
	var err error
	if r.config, err = filepath.Abs(filepath.Join(w.Headers, ConfigFile)); err != nil {
		return nil, err
	}
	if _, err := os.Stat(r.config); err != nil {
		return nil, fmt.Errorf("reading the kernel's configuration: %w: the package linux-headers-RELEASE has it", err)
	}
	dir, err := os.MkdirTemp("", "spotos-kbuild-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r.rules = filepath.Join(dir, "list.mk")
	if err := os.WriteFile(r.rules, listRules, 0o644); err != nil {
		return nil, err
	}
	if err := r.walk(ctx); err != nil {
		return nil, fmt.Errorf("finding out what is compiled for this kernel: %w", err)
	}
	for unit := range r.units {
		r.found.Units = append(r.found.Units, unit)
	}
	slices.Sort(r.found.Units)
	return &r.found, nil
}

// reader goes through the directories of a source as kbuild does.
type reader struct {
	Walk
	config, rules string

	mu    sync.Mutex
	units map[string]bool
	found Compiled
}

// visit is a directory to be read; modular: what is built into the kernel is not built in it.
type visit struct {
	dir     string
	modular bool
}

// walk reads a level of directories after the other.
func (r *reader) walk(ctx context.Context) error {
	var level []visit
	for _, root := range roots {
		level = append(level, visit{dir: root})
	}
	seen := make(map[visit]bool)
	for len(level) > 0 {
		level = slices.DeleteFunc(level, func(v visit) bool {
			again := seen[v]
			seen[v] = true
			return again || r.Follow != nil && !r.Follow(v.dir)
		})
		var err error
		if level, err = r.read(ctx, level); err != nil {
			return err
		}
	}
	return nil
}

// read reads some directories, as many at once as there are processors, and returns those below them.
func (r *reader) read(ctx context.Context, dirs []visit) (below []visit, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, v := range dirs {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			more, failed := r.directory(ctx, v)
			if failed != nil {
				cancel(failed) // the first is the one that is said
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			below = append(below, more...)
		})
	}
	all.Wait()
	return below, context.Cause(ctx)
}

// directory reads one directory.
func (r *reader) directory(ctx context.Context, v visit) ([]visit, error) {
	output, err := r.list(ctx, v.dir)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var full *build.FullError
	if err != nil && (r.Whole || errors.As(err, &full)) {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	var below []visit
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range strings.Lines(output) {
		word := strings.Fields(line)
		if len(word) < 3 || word[0] != "spotos" {
			continue
		}
		if kind := word[1]; kind == "d" || kind == "e" {
			below = append(below, visit{path.Join(v.dir, word[2]), v.modular || kind == "e"})
		} else {
			r.object(v, kind, word[2], word[3:])
		}
	}
	return below, nil
}
