// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lateSection begins the name of a section of late relocations; the section that they change follows. The kernel's
// loader resolves those that name vmlinux before the module's init runs, whatever object the symbols are in. Those
// that name a module would wait for livepatch to be told of that module.
const lateSection = ".klp.rela.vmlinux."

// Target is the symbol of the running kernel that a reference means.
type Target struct {
	Object   string // "vmlinux", or the name of the module, which must be loaded before the patch
	Name     string // as in /proc/kallsyms
	Position int    // among the object's symbols of that name, by address, from 1; 0: it is the only one
}

// Limits of the kernel's parser of these names, without the terminating zero.
const (
	maxObjectName = 55
	maxSymbolName = 511
)

// MakeLate returns a linked module with its references to these undefined symbols turned into livepatch relocations,
// which the kernel's loader resolves through its table of all symbols. It is to be called after kbuild has linked the
// module, since ld keeps none of their marks, and before the module is signed. A symbol that the module does not refer
// to is an error: the caller then resolved something else than what was linked.
func MakeLate(module []byte, targets map[string]Target) ([]byte, error) {
	object, err := Read(module)
	if err != nil {
		return nil, err
	}
	late := make(map[*Symbol]bool)
	missing := maps.Clone(targets)
	for _, s := range object.Symbols {
		target, found := targets[s.Name]
		if !found || !s.Undefined() {
			continue
		}
		delete(missing, s.Name)
		if s.Name, err = target.symbol(); err != nil {
			return nil, err
		}
		s.Special, s.Info = shnLivepatch, elf.ST_INFO(elf.STB_GLOBAL, elf.STT_NOTYPE)
		late[s] = true
	}
	if len(missing) > 0 {
		names := slices.Sorted(maps.Keys(missing))
		return nil, fmt.Errorf("the module does not refer to %s: resolve what is in the object that was linked",
			strings.Join(names, ", "))
	}
	for _, s := range object.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue // the loader does not look at it
		}
		s.Relocs = slices.DeleteFunc(s.Relocs, func(r Reloc) bool {
			if late[r.Symbol] {
				s.Late = append(s.Late, r)
			}
			return late[r.Symbol]
		})
	}
	return object.Bytes()
}

// symbol returns the name by which the kernel's loader finds the target.
func (t Target) symbol() (string, error) {
	switch {
	case t.Object == "" || len(t.Object) > maxObjectName || strings.ContainsAny(t.Object, ".,"):
		return "", fmt.Errorf("%q is no name of vmlinux or a module, in which %s could be", t.Object, t.Name)
	case t.Name == "" || len(t.Name) > maxSymbolName || strings.Contains(t.Name, ","):
		return "", fmt.Errorf("%q is no name of a symbol of %s", t.Name, t.Object)
	case t.Position < 0:
		return "", fmt.Errorf("symbol %s of %s cannot be number %d of its name", t.Name, t.Object, t.Position)
	}
	return fmt.Sprintf(".klp.sym.%s.%s,%d", t.Object, t.Name, t.Position), nil
}
