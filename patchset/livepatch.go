// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"cmp"
	"debug/elf"
	"maps"
	"math"
	"slices"
)

// maxLivepatchFuncs bounds the functions of a file whose lists overlap.
const maxLivepatchFuncs = 4096

// livepatchFunctions reads what a livepatch module replaces from its static data:
//
//	struct klp_patch  { struct module *mod; struct klp_object *objs; … };
//	struct klp_object { const char *name; struct klp_func *funcs; … };
//	struct klp_func   { const char *old_name; void *new_func; … };
//
// Only these first two members are the same in every kernel, so no size is assumed: the sizes follow from the places of
// the pointers. Modules that make these structures when they load, as kpatch-build's do, have none in their file; the
// list is then empty.
func (o *object) livepatchFunctions() ([]Function, error) {
	this := o.thisModule()
	for i, s := range o.Sections {
		if s.Flags&elf.SHF_WRITE == 0 || s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		pointers, err := o.pointers(elf.SectionIndex(i))
		if err != nil {
			return nil, err
		}
		for _, at := range slices.Sorted(maps.Keys(pointers)) {
			objs, ok := pointers[at+8]
			// A klp_patch is the only structure that begins with its module and a pointer to data.
			if pointers[at] != this || !ok || int(objs.section) != i {
				continue
			}
			return o.klpObjects(pointers, objs), nil
		}
	}
	return nil, nil
}

// thisModule returns the place of the module's struct module.
func (o *object) thisModule() place {
	for _, s := range o.symbols {
		if s.Name == "__this_module" {
			return place{s.Section, s.Value}
		}
	}
	return place{}
}

// klpObjects reads the list of objects that starts at objs.
func (o *object) klpObjects(pointers map[uint64]place, objs place) []Function {
	var funcs []Function
	offsets := slices.Sorted(maps.Keys(pointers))
	first, _ := slices.BinarySearchFunc(offsets, objs.offset, cmp.Compare)
	end := o.variableEnd(objs)
	for _, at := range offsets[first:] {
		// Past the variable, KASAN's own table of variables points to the same lists.
		if at >= end || len(funcs) >= maxLivepatchFuncs {
			break
		}
		list := pointers[at]
		// The name of vmlinux is NULL, so an object is recognised by its list of functions; its name stands before that.
		if list.section != objs.section || !o.isKlpFunc(pointers, list.offset) {
			continue
		}
		object := VMLinux
		if name, ok := pointers[at-8]; ok && at >= 8 {
			if text := o.text(name); text != "" {
				object = text
			}
		}
		funcs = append(funcs, o.klpFuncs(pointers, list.offset, object)...)
	}
	return funcs
}

// variableEnd returns the end of the variable that begins at a place, the largest offset if no symbol gives its size.
func (o *object) variableEnd(at place) uint64 {
	if s, ok := o.symbolAt(at, elf.STT_OBJECT); ok && s.Size > 0 {
		return at.offset + s.Size
	}
	return math.MaxUint64
}

// klpFuncs reads the functions of one object. The entries stand at equal distances; the second one shows which. An
// empty entry ends the list.
func (o *object) klpFuncs(pointers map[uint64]place, at uint64, object string) []Function {
	var funcs []Function
	stride := uint64(0)
	for len(funcs) < maxLivepatchFuncs {
		funcs = append(funcs, Function{
			Name: o.text(pointers[at]), Object: object, Replacement: o.functionAt(pointers[at+8]),
		})
		if stride == 0 {
			stride = o.klpStride(pointers, at)
		}
		if stride == 0 || !o.isKlpFunc(pointers, at+stride) {
			return funcs
		}
		at += stride
	}
	return funcs
}

// klpStride returns the distance from an entry to the next one, 0 if none is near. In every kernel with livepatch the
// structure is between 100 and 200 bytes long.
func (o *object) klpStride(pointers map[uint64]place, at uint64) uint64 {
	for stride := uint64(96); stride <= 224; stride += 8 {
		if o.isKlpFunc(pointers, at+stride) {
			return stride
		}
	}
	return 0
}

// isKlpFunc reports whether a pointer to a text and a pointer to code stand at an offset.
func (o *object) isKlpFunc(pointers map[uint64]place, at uint64) bool {
	name, okName := pointers[at]
	code, okCode := pointers[at+8]
	return okName && okCode && o.isCode(code) && o.text(name) != ""
}

// text returns the string at a place in a section of constants, "" elsewhere. That section may hold more than strings:
// with KASAN the compiler puts them among all other constants.
func (o *object) text(at place) string {
	s := o.Sections[at.section]
	constant := s.Flags&(elf.SHF_ALLOC|elf.SHF_WRITE|elf.SHF_EXECINSTR) == elf.SHF_ALLOC
	if !constant || at.offset >= s.Size || s.Type == elf.SHT_NOBITS {
		return ""
	}
	buf := make([]byte, min(s.Size-at.offset, funcNameLen+1))
	if _, err := s.ReadAt(buf, int64(at.offset)); err != nil {
		return ""
	}
	text, _ := cString(buf)
	return text
}
