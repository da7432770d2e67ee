// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

const keptModulesName = "modules"

// modulesNow returns what tells the modules that are loaded now from those of any other moment of this boot, and their
// names. ok is false while one comes or goes. sysfs gives out its inode numbers one after the other, so that a module
// that is loaded again has another one.
func modulesNow(root fs.FS) (key string, names map[string]bool, ok bool) {
	data, err := fs.ReadFile(root, "proc/modules")
	if err != nil {
		return "", nil, false
	}
	var b strings.Builder
	names = map[string]bool{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line) // name, size, uses, users, state, address
		if len(f) < 6 || f[4] != "Live" {
			return "", nil, false
		}
		info, err := fs.Stat(root, path.Join("sys/module", f[0]))
		if err != nil {
			return "", nil, false
		}
		st, known := info.Sys().(*syscall.Stat_t)
		if !known {
			return "", nil, false
		}
		fmt.Fprintln(&b, f[0], f[1], f[5], st.Ino)
		names[f[0]] = true
	}
	return b.String(), names, true
}

// readAllSymbols reads all symbols, and has those of modules kept for as long as the modules stay.
func readAllSymbols(root fs.FS, own *Symbols, later *unkept) (*Symbols, error) {
	before, names, ok := modulesNow(root)
	s, err := readSymbols(root, own)
	if after, _, still := modulesNow(root); err == nil && !s.hidden && ok && still && before == after {
		later.add(func() {
			words, text := packModules(s.rest, names, before)
			keep(root, keptModulesName, words, text)
		})
	}
	return s, err
}

// packModules returns the symbols of these modules as they are kept: for each its address, and where its name and its
// module's are. What the kernel makes as it runs, such as BPF programs, is left out: it comes and goes as it likes.
func packModules(rest []Symbol, names map[string]bool, key string) (words []uint64, text string) {
	var b strings.Builder
	b.WriteString(key)
	words = append(words, uint64(len(key)))
	at := map[string]uint64{} // where each module's name is
	put := func(name string) uint64 {
		begin := uint64(b.Len())
		b.WriteString(name)
		return begin<<16 | uint64(len(name))
	}
	for _, s := range rest {
		if !names[s.Module] {
			continue
		}
		module, known := at[s.Module]
		if !known {
			module = put(s.Module)
			at[s.Module] = module
		}
		name := put(s.Name)
		if s.Text {
			name |= tableText
		}
		words = append(words, s.Addr, name, module)
	}
	return words, b.String()
}

// keptModules returns the symbols of the modules, if they were kept while the same were loaded as now.
func keptModules(root fs.FS) ([]Symbol, error) {
	words, text, err := kept(root, keptModulesName)
	if err != nil {
		return nil, err
	}
	now, _, ok := modulesNow(root)
	if !ok || len(words) == 0 || words[0] > uint64(len(text)) || text[:words[0]] != now {
		return nil, errNotKept
	}
	var rest []Symbol
	for w := words[1:]; len(w) >= 3; w = w[3:] {
		rest = append(rest, Symbol{Addr: w[0], Name: part(text, w[1]&^tableText), Module: part(text, w[2]),
			Text: w[1]&tableText != 0})
	}
	return rest, nil
}

// namedSymbols returns symbols by which functions are found by their names: those of the kernel and its modules, but
// perhaps without what the kernel makes as it runs. It reads no list where all that was kept.
func namedSymbols(root fs.FS, own func() (*Symbols, error), all func() (*Symbols, error)) (*Symbols, error) {
	if CheckAddresses(root) != nil {
		return all()
	}
	rest, err := keptModules(root)
	if err != nil {
		return all()
	}
	kernel, err := own()
	if err != nil || kernel.hidden {
		return all()
	}
	s := &Symbols{own: kernel.own, rest: rest, init: kernel.init, end: kernel.end}
	s.sort()
	return s, nil
}
