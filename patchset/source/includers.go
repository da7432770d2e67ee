// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// headerDirs are where kbuild has the compiler look, in that order, before what a Makefile adds.
var headerDirs = []string{"arch/x86/include", "include", "arch/x86/include/uapi", "include/uapi"}

// always are the headers that kbuild has the compiler put before every file.
var always = []string{"include/linux/compiler-version.h", "include/linux/kconfig.h", "include/linux/compiler_types.h"}

// Includers returns the files that include one of these, themselves or by way of others, sorted. The files themselves
// are not among them.
func (x *Includes) Includers(files ...string) []string {
	if x.users == nil {
		x.users = make(map[string][]string)
		for file := range x.has {
			for _, to := range x.includes(file) {
				x.users[to] = append(x.users[to], file)
			}
		}
	}
	return reach(files, func(file string) []string { return x.users[file] })
}

// Included returns the files that some files include, themselves or by way of others, sorted, without these themselves.
func (x *Includes) Included(files ...string) []string { return reach(files, x.includes) }

// reach follows next from some files on to all others.
func reach(from []string, next func(string) []string) []string {
	seen := make(map[string]bool)
	for todo := slices.Clone(from); len(todo) > 0; {
		file := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range next(file) {
			if !seen[to] && !slices.Contains(from, to) {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// includes returns the files that a file includes itself.
func (x *Includes) includes(file string) []string {
	if to, known := x.direct[file]; known {
		return to
	}
	var to []string
	for _, name := range x.named[file] {
		to = append(to, x.Resolve(file, name)...)
	}
	if ext := path.Ext(file); ext == ".c" || ext == ".S" {
		to = append(to, slices.DeleteFunc(slices.Clone(always), func(h string) bool { return !x.has[h] })...)
	}
	slices.Sort(to)
	x.direct[file] = slices.Compact(to)
	return x.direct[file]
}

// Resolve returns the files that a file may mean by what it includes, "a.h" or <a.h>. Where neither its own directory
// nor those that kbuild names have it, a directory does that some Makefile names: it may then be any file of that name.
func (x *Includes) Resolve(file, name string) []string {
	quoted := strings.HasPrefix(name, `"`)
	name = strings.Trim(name, `"<>`)
	if beside := path.Join(path.Dir(file), name); quoted && x.has[beside] {
		return []string{beside}
	}
	var found []string
	for _, dir := range headerDirs {
		if header := path.Join(dir, name); x.has[header] && header != file {
			found = append(found, header)
			break
		}
	}
	// kbuild makes asm/NAME, which includes the generic one, where the architecture has none.
	if rest, is := strings.CutPrefix(name, "asm/"); is && !x.has["arch/x86/include/"+name] {
		for _, dir := range []string{"include/asm-generic", "include/uapi/asm-generic"} {
			if header := path.Join(dir, rest); x.has[header] {
				found = append(found, header)
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	for strings.HasPrefix(name, "../") || strings.HasPrefix(name, "./") {
		_, name, _ = strings.Cut(name, "/")
	}
	name = path.Clean(name)
	for _, other := range x.ends[path.Base(name)] {
		if other != file && (other == name || strings.HasSuffix(other, "/"+name)) {
			found = append(found, other)
		}
	}
	return found
}

// Units returns the files that include one of these, themselves or by way of others, without the headers among them.
func (x *Includes) Units(files ...string) []string {
	return slices.DeleteFunc(x.Includers(files...), func(file string) bool {
		return slices.Contains([]string{".h", ".inc"}, path.Ext(file))
	})
}
