// SPDX-License-Identifier: GPL-2.0-only

// Package build makes a patch's object out of two objects of one kernel source file: the original and the patched one,
// compiled with a section for each function and variable. It compares them, refuses what cannot be switched, and
// extracts what changed. References to what the kernel has already are left to the loader of modules; those that it
// cannot resolve by a bare name become livepatch relocations once kbuild has linked the module (MakeLate).
//
// The mistake that undoes this: comparing objects that two compilers made, or two sets of flags. Compile makes both
// alike.
package build

import "debug/elf"

// Object is a relocatable ELF file for x86-64 in a form that can be changed. Its parts point at each other, so a
// section or symbol may be moved, renamed or taken out without counting anything again.
type Object struct {
	Sections []*Section // without the symbol table, the string tables and the relocation sections
	Symbols  []*Symbol  // without the empty one
}

// Section is a section with its relocations.
type Section struct {
	Name    string
	Type    elf.SectionType
	Flags   elf.SectionFlag
	Align   uint64
	EntSize uint64
	Info    uint32   // as the file has it: a note's or a version's own number
	Size    uint64   // length in memory; that of Data unless the section holds only zeros
	Data    []byte   // nil for SHT_NOBITS
	Link    *Section // whose order this section follows, with SHF_LINK_ORDER
	Relocs  []Reloc
	Late    []Reloc // relocations for livepatch's resolver; see MakeLate
}

// Symbol is an entry of the symbol table.
type Symbol struct {
	Name    string
	Section *Section         // nil: see Special
	Special elf.SectionIndex // SHN_UNDEF, SHN_ABS or SHN_LIVEPATCH where Section is nil
	Value   uint64
	Size    uint64
	Info    byte // binding and type
	Other   byte // visibility
}

// Type returns what the symbol names: a function, an object, a section.
func (s *Symbol) Type() elf.SymType { return elf.ST_TYPE(s.Info) }

// Local reports whether other objects cannot refer to the symbol by name.
func (s *Symbol) Local() bool { return elf.ST_BIND(s.Info) == elf.STB_LOCAL }

// Undefined reports whether the symbol is to be found in another object.
func (s *Symbol) Undefined() bool { return s.Section == nil && s.Special == elf.SHN_UNDEF }

// Reloc is one relocation: where it goes, and what it puts there.
type Reloc struct {
	Offset uint64
	Type   elf.R_X86_64
	Symbol *Symbol
	Addend int64
}

// Lengths of entries in a file for 64 bits.
const (
	relaSize   = 24
	symbolSize = 24
)

// fieldSize returns how many bytes a relocation writes, 0 for one that kernel objects do not have.
func fieldSize(t elf.R_X86_64) int {
	switch t {
	case elf.R_X86_64_64, elf.R_X86_64_PC64:
		return 8
	case elf.R_X86_64_PC32, elf.R_X86_64_PLT32, elf.R_X86_64_32, elf.R_X86_64_32S:
		return 4
	}
	return 0
}
