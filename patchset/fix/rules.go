// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"spotos/patchset/fixes"
	"spotos/patchset/kbuild"
	"spotos/patchset/source"
)

// inTree are the ways in which kbuild's files name the source's top directory. Where a directory is built by itself
// that is the one of the headers, which have no drivers.
var (
	ofDirectory = regexp.MustCompile(`\$\((?:srctree|NOUVEAU_PATH)\)/\$\((src|obj)\)`)
	ofTree      = regexp.MustCompile(`\$\(srctree\)/((?:block|crypto|drivers|fs|io_uring|kernel|lib|mm|net|security|` +
		`sound|virt|arch/x86/(?:crypto|events|kernel|kvm|lib|mm|net|pci|platform|xen))\b)`)
)

// rules finds which directory's rules compile a file, and what of the source those need.
func (m *maker) rules(ctx context.Context, file string) (dir string, patterns []string, err error) {
	files, patterns, err := m.around(ctx, file)
	if err != nil {
		return "", nil, err
	}
	if err := m.Source.Need(ctx, patterns...); err != nil { // in one reading of the source
		return "", nil, err
	}
	by, err := fixes.RulesOf(ctx, m.Source, m.Kernel.Headers, []string{file}, files)
	return rulesFor(by, file), patterns, err
}

// rulesFor returns the directory whose rules compile a file: its own, if none is known.
func rulesFor(by map[string]string, file string) string { return cmp.Or(by[file], path.Dir(file)) }

// around returns the files that may say how a file is compiled, and patterns for these and what is in its directory.
func (m *maker) around(ctx context.Context, file string) (rules, patterns []string, err error) {
	if m.list == nil {
		if m.list, err = m.Source.List(ctx); err != nil {
			return nil, nil, err
		}
	}
	rules = fixes.Rules(m.list, file)
	return rules, append([]string{path.Dir(file) + "/*"}, rules...), nil
}

// rewrite has kbuild's files in a tree name the tree where they mean it.
func rewrite(tree string) error {
	return filepath.WalkDir(tree, func(file string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !kbuild.IsRule(file) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		changed := ofDirectory.ReplaceAllString(string(text), "$$($1)")
		changed = ofTree.ReplaceAllString(changed, strings.ReplaceAll(tree, "$", "$$")+"/$1")
		if changed == string(text) {
			return nil
		}
		name, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		return source.Replace(tree, name, []byte(changed))
	})
}

// has reports whether the source has a file.
func (m *maker) has(file string) bool {
	_, has := slices.BinarySearch(m.list, file)
	return has
}

// hasIn reports whether the source has files in a directory, those in directories below it left out.
func (m *maker) hasIn(dir string) bool {
	from, _ := slices.BinarySearch(m.list, dir+"/")
	for _, file := range m.list[from:] {
		if path.Dir(file) == dir || !strings.HasPrefix(file, dir+"/") {
			return path.Dir(file) == dir
		}
	}
	return false
}

// include matches a directory in which the compiler was told to look for headers.
var include = regexp.MustCompile(` -I ?(/\S+)`)

// searched returns the directories of the source, each once, that make named to the compiler in what it printed.
func (m *maker) searched(printed string) []string {
	var dirs []string
	for _, match := range include.FindAllStringSubmatch(printed, -1) {
		for _, side := range []string{"original", "patched"} {
			dir, is := strings.CutPrefix(filepath.Clean(match[1]), filepath.Join(m.dir, side)+"/")
			if is && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}
