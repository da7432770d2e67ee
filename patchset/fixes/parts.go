// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"spotos/patchset/build"
	"spotos/patchset/source"
)

// VMLinux stands for the kernel itself among the parts that a file is compiled into.
const VMLinux = "vmlinux"

// roots are the directories that kbuild begins with: the first has a list of most others.
var roots = append([]string{"."}, build.Roots...)

// configFile is where a kernel's headers have its configuration, as make reads it.
const configFile = "include/config/auto.conf"

//go:embed parts.mk
var partsRules string

// parts finds what the files of a kernel are compiled into.
type parts struct {
	tree, config, rules string

	follow func(dir string) bool // whether to read a directory; nil: all

	mu    sync.Mutex
	found map[string][]string // file of C to VMLinux or names of modules, with underscores
	by    map[string]string   // file of C to the directory whose rules name it
}

// visit is a directory to be read; modular: what is built into the kernel is not built in it.
type visit struct {
	dir     string
	modular bool
}

// compiled returns for each file of C what it is compiled into: VMLinux or a module's name, or several modules. It asks
// make, which reads kbuild's files as the kernel's build does. What is not in it is not compiled by that configuration.
func compiled(ctx context.Context, from *source.Source, rules []string, headers string) (map[string][]string, error) {
	p, err := walk(ctx, from, rules, headers, nil)
	if err != nil {
		return nil, fmt.Errorf("finding which files are compiled: %w", err)
	}
	return p.found, nil
}

// walk reads the rules of a source from its top.
func walk(ctx context.Context, from *source.Source, rules []string, headers string, follow func(string) bool) (*parts,
	error) {
	dir, err := os.MkdirTemp("", "spotos-fixes-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p := &parts{tree: filepath.Join(dir, "tree"), rules: filepath.Join(dir, "parts.mk"), follow: follow,
		found: make(map[string][]string), by: make(map[string]string)}
	if p.config, err = filepath.Abs(filepath.Join(headers, configFile)); err != nil {
		return nil, err
	}
	if _, err := os.Stat(p.config); err != nil {
		return nil, fmt.Errorf("reading the kernel's configuration: %w: the package linux-headers-RELEASE has it", err)
	}
	if err := from.Checkout(ctx, p.tree, rules...); err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.rules, []byte(partsRules), 0o644); err != nil {
		return nil, err
	}
	var level []visit
	for _, root := range roots {
		level = append(level, visit{dir: root})
	}
	seen := make(map[visit]bool)
	for len(level) > 0 {
		level = slices.DeleteFunc(level, func(v visit) bool {
			again := seen[v]
			seen[v] = true
			return again || follow != nil && !follow(v.dir)
		})
		if level, err = p.read(ctx, level); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// wanted returns the files that differ and are compared by functions.
func wanted(all source.Difference) []string {
	return slices.DeleteFunc(slices.Clone(all.Changed), func(file string) bool {
		left, refusal := source.Place(file)
		return left != nil || refusal != nil
	})
}

// rulesOf returns those of a source's files that kbuild reads.
func rulesOf(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !build.IsRule(file) })
}

// read reads some directories, as many at once as there are processors, and returns those below them.
func (p *parts) read(ctx context.Context, dirs []visit) (below []visit, err error) {
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, v := range dirs {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			more, failed := p.directory(ctx, v)
			p.mu.Lock()
			defer p.mu.Unlock()
			below = append(below, more...)
			if err == nil {
				err = failed
			}
		})
	}
	all.Wait()
	return below, err
}

// directory reads one directory. What make cannot read there is left out: its files count as not compiled.
func (p *parts) directory(ctx context.Context, v visit) ([]visit, error) {
	file := path.Join(v.dir, "Kbuild")
	if _, err := os.Stat(filepath.Join(p.tree, file)); err != nil {
		file = path.Join(v.dir, "Makefile")
	}
	output, err := build.Run(ctx, p.tree, "make", "-s", "-r", "-R", "-f", p.rules, "CONFIG="+p.config, "DIR="+v.dir,
		"FILE="+file, "spotos_end")
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, nil
	}
	var below []visit
	for line := range strings.Lines(output) {
		word := strings.Fields(line)
		if len(word) < 2 {
			continue
		}
		switch name := path.Join(v.dir, word[1]); {
		case word[0] == "d" || word[0] == "e":
			below = append(below, visit{name, v.modular || word[0] == "e"})
		case word[0] == "y" && !v.modular:
			p.add(v.dir, VMLinux, word[1:])
		case word[0] == "m":
			p.add(v.dir, strings.ReplaceAll(strings.TrimSuffix(path.Base(name), ".o"), "-", "_"), word[1:])
		}
	}
	return below, nil
}

// add notes what an object is linked of: itself, or the others that are named.
func (p *parts) add(dir, part string, objects []string) {
	if len(objects) > 1 {
		objects = objects[1:]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, object := range objects {
		file := path.Join(dir, strings.TrimSuffix(object, ".o")+".c")
		p.by[file] = dir
		if !slices.Contains(p.found[file], part) {
			p.found[file] = append(p.found[file], part)
			slices.Sort(p.found[file])
		}
	}
}
