// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"spotos/internal/ko"
)

// Object is what the compiler made of one source file. It may be used from any goroutine.
type Object struct {
	file      *ko.File
	symbols   []elf.Symbol // without the empty one at index 0
	content   [][]byte     // of each section; nil if it is not loaded or begins as zeros
	fields    [][]relocation
	named     map[elf.SectionIndex][]int // of each section the symbols that have a name there
	branches  map[elf.SectionIndex]map[uint64]bool
	functions []Function
}

// Function is a function of an object, or a part of one that the compiler put elsewhere, such as NAME.cold.
type Function struct {
	Name   string
	Size   uint64 // in bytes
	Weak   bool   // another file may have one of this name, and the kernel that one
	Global bool

	section elf.SectionIndex
	offset  uint64
}

// ParseObject reads an object. With -ffunction-sections and -fdata-sections each of its parts is found by itself; it
// need not be compiled so.
func ParseObject(data []byte) (*Object, error) {
	file, err := ko.Relocatable(data)
	if err != nil {
		return nil, fmt.Errorf("not an object that a compiler made: %w", err)
	}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("reading symbols: %w", err)
	}
	o := &Object{file: file, symbols: symbols, content: make([][]byte, len(file.Sections)),
		fields: make([][]relocation, len(file.Sections)), named: map[elf.SectionIndex][]int{}}
	for i, s := range file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		if o.content[i], err = contentOf(data, s); err != nil {
			return nil, err
		}
		if o.fields[i], err = relocations(file, len(symbols), elf.SectionIndex(i)); err != nil {
			return nil, err
		}
		slices.SortFunc(o.fields[i], func(a, b relocation) int { return cmp.Compare(a.offset, b.offset) })
	}
	o.findFunctions()
	o.findBranches()
	return o, nil
}

// findFunctions lists the functions, and what has a name in each section.
func (o *Object) findFunctions() {
	for i, s := range o.symbols {
		kind := elf.ST_TYPE(s.Info)
		if s.Section == elf.SHN_UNDEF || int(s.Section) >= len(o.content) || isLocalLabel(s.Name) ||
			kind == elf.STT_SECTION || kind == elf.STT_FILE {
			continue
		}
		o.named[s.Section] = append(o.named[s.Section], i)
		size := uint64(len(o.content[s.Section]))
		if kind != elf.STT_FUNC || s.Size == 0 || s.Value > size || s.Size > size-s.Value {
			continue
		}
		bind := elf.ST_BIND(s.Info)
		o.functions = append(o.functions, Function{Name: s.Name, Size: s.Size, Weak: bind == elf.STB_WEAK,
			Global: bind == elf.STB_GLOBAL, section: s.Section, offset: s.Value})
	}
}

// isLocalLabel reports whether a name is the assembler's own, which no symbol table of a kernel has.
func isLocalLabel(name string) bool { return name == "" || strings.HasPrefix(name, ".L") }

// Functions returns the functions in the order of the object's symbol table. Nobody may change them.
func (o *Object) Functions() []Function { return o.functions }

// Function returns the function of a name; false if the object has none.
func (o *Object) Function(name string) (Function, bool) {
	i := slices.IndexFunc(o.functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return o.functions[i], true
}

// An entry of __jump_table, one static branch (jump label): where its instruction is, where it jumps to, and its key,
// each as a distance from the field itself. The key's bit 1 asks objtool to write a no-op for the jump.
const (
	branchSize = 16
	branchKey  = 8
	branchNop  = 2
)

// findBranches finds the static branches that the compiler left as jumps and objtool has not turned into no-ops yet. In
// newer kernels objtool does that when all objects are linked, so that one object has not seen it.
func (o *Object) findBranches() {
	o.branches = map[elf.SectionIndex]map[uint64]bool{}
	for i, section := range o.file.Sections {
		if section.Name != branchTable {
			continue
		}
		var site relocation
		for _, r := range o.fields[i] {
			switch r.offset % branchSize {
			case 0:
				site = r
			case branchKey:
				at := o.symbols[site.symbol]
				if site.offset+branchKey != r.offset || r.addend&branchNop == 0 {
					continue
				}
				if o.branches[at.Section] == nil {
					o.branches[at.Section] = map[uint64]bool{}
				}
				o.branches[at.Section][at.Value+site.addend] = true
			}
		}
	}
}

// field returns the relocation of the first field from an offset of a section on.
func (o *Object) field(section elf.SectionIndex, offset uint64) (relocation, bool) {
	fields := o.fields[section]
	i, _ := slices.BinarySearchFunc(fields, offset, func(r relocation, at uint64) int { return cmp.Compare(r.offset, at) })
	if i == len(fields) {
		return relocation{}, false
	}
	return fields[i], true
}

// isMerged reports whether the linker merges the constants of a section with equal ones of others, so that each is
// somewhere else, and how long they are: strings, in characters of so many bytes, or so many bytes.
func (o *Object) isMerged(section elf.SectionIndex) (entry uint64, strings, merged bool) {
	if section == elf.SHN_UNDEF || int(section) >= len(o.file.Sections) {
		return 0, false, false
	}
	s := o.file.Sections[section]
	return s.Entsize, s.Flags&elf.SHF_STRINGS != 0, s.Flags&elf.SHF_MERGE != 0
}

// constant returns what stands at an offset of a section whose parts the linker merges with equal ones.
func (o *Object) constant(section elf.SectionIndex, offset uint64) ([]byte, bool) {
	entry, strings, _ := o.isMerged(section)
	data := o.content[section]
	if offset >= uint64(len(data)) {
		return nil, false
	}
	data = data[offset:]
	if !strings {
		return data[:min(entry, uint64(len(data)))], entry > 0
	}
	if entry > uint64(len(data)) {
		return nil, false // a character longer than all of them: the file is damaged
	}
	// A string of wide characters ends with a wide zero.
	wide := make([]byte, max(entry, 1))
	for end := 0; end+len(wide) <= len(data); end += len(wide) {
		if slices.Equal(data[end:end+len(wide)], wide) {
			return data[:end+len(wide)], true
		}
	}
	return nil, false
}
