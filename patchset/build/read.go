// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"spotos/internal/ko"
)

// Read reads an object. Every index and offset of the result has been checked. A file that is damaged, or that has
// something which cannot be written again, is refused by name.
func Read(data []byte) (*Object, error) {
	file, err := ko.Relocatable(data)
	if err != nil {
		return nil, err
	}
	r := reader{file: file, sections: make([]*Section, len(file.Sections))}
	for i, s := range file.Sections {
		if err := r.section(i, s); err != nil {
			return nil, err
		}
	}
	for i, s := range file.Sections {
		if s.Flags&elf.SHF_LINK_ORDER == 0 || r.sections[i] == nil {
			continue
		}
		if r.sections[i].Link = r.at(int(s.Link)); r.sections[i].Link == nil {
			return nil, fmt.Errorf("section %s follows section %d, which is none of this object", s.Name, s.Link)
		}
	}
	if err := r.readSymbols(); err != nil {
		return nil, err
	}
	for _, s := range file.Sections {
		if s.Type == elf.SHT_RELA {
			if err := r.relocs(s); err != nil {
				return nil, err
			}
		}
	}
	return &r.Object, nil
}

// reader is an object while it is read. Its tables are as long as the file's.
type reader struct {
	Object
	file     *ko.File
	sections []*Section
	symbols  []*Symbol
}

func (r *reader) at(index int) *Section {
	if index <= 0 || index >= len(r.sections) {
		return nil
	}
	return r.sections[index]
}

// section reads one section, unless the file's own tables are in it.
func (r *reader) section(index int, s *elf.Section) error {
	switch s.Type {
	case elf.SHT_NULL, elf.SHT_SYMTAB, elf.SHT_STRTAB, elf.SHT_RELA:
		return nil
	case elf.SHT_PROGBITS, elf.SHT_NOBITS, elf.SHT_NOTE, elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, shtX86Unwind:
	case elf.SHT_GROUP:
		return fmt.Errorf("section %s is a group of sections, which the kernel's compiler does not make: "+
			"compile without it", s.Name)
	default:
		return fmt.Errorf("section %s is of the type %v, which is not known here", s.Name, s.Type)
	}
	if s.Addralign&(s.Addralign-1) != 0 || s.Addralign > maxAlign {
		return fmt.Errorf("section %s is to be aligned to %d: compile or copy the object again", s.Name, s.Addralign)
	}
	if s.Entsize > maxAlign || s.Type == elf.SHT_NOBITS && s.Flags&(elf.SHF_MERGE|elf.SHF_STRINGS|elf.SHF_EXECINSTR) != 0 {
		return fmt.Errorf("section %s has flags %v and entries of %d bytes, which no compiler makes", s.Name, s.Flags,
			s.Entsize)
	}
	to := &Section{Name: s.Name, Type: s.Type, Flags: s.Flags, Align: max(s.Addralign, 1), EntSize: s.Entsize,
		Info: s.Info, Size: s.Size}
	if s.Type != elf.SHT_NOBITS {
		data, err := s.Data()
		if err != nil {
			return fmt.Errorf("reading section %s: %w", s.Name, err)
		}
		to.Data, to.Size = data, uint64(len(data))
	} else if s.Size > maxZeros {
		return fmt.Errorf("section %s has %d bytes, more than any kernel object", s.Name, s.Size)
	}
	r.sections[index] = to
	r.Sections = append(r.Sections, to)
	return nil
}

const (
	maxAlign     = 1 << 21 // a huge page
	maxZeros     = 1 << 31
	shtX86Unwind = elf.SectionType(0x70000001)
)

func (r *reader) readSymbols() error {
	symbols, err := r.file.Symbols()
	if err != nil {
		return fmt.Errorf("reading symbols: %w", err)
	}
	r.symbols = make([]*Symbol, len(symbols)+1)
	for i, s := range symbols {
		to := &Symbol{Name: s.Name, Value: s.Value, Size: s.Size, Info: s.Info, Other: s.Other}
		switch s.Section {
		case elf.SHN_UNDEF, elf.SHN_ABS, shnLivepatch:
			to.Special = s.Section
		default:
			to.Section = r.at(int(s.Section))
			if to.Section == nil && int(s.Section) < len(r.sections) && elf.ST_TYPE(s.Info) == elf.STT_SECTION {
				continue // of a table: nothing may refer to it
			}
			if to.Section == nil {
				return fmt.Errorf("symbol %s is in section %v, which is none of this object", s.Name, s.Section)
			}
			if s.Value > to.Section.Size || s.Size > to.Section.Size-s.Value {
				return fmt.Errorf("symbol %s reaches past the end of section %s", s.Name, to.Section.Name)
			}
		}
		r.symbols[i+1] = to
		r.Symbols = append(r.Symbols, to)
	}
	return nil
}

// relocs reads a relocation section into the section it is for.
func (r *reader) relocs(s *elf.Section) error {
	to := r.at(int(s.Info))
	if to == nil {
		return fmt.Errorf("section %s is for section %d, which is none of this object", s.Name, s.Info)
	}
	data, err := s.Data()
	if err != nil || len(data)%relaSize != 0 {
		return fmt.Errorf("section %s is no list of relocations: compile or copy the object again", s.Name)
	}
	for ; len(data) > 0; data = data[relaSize:] {
		info := binary.LittleEndian.Uint64(data[8:])
		reloc := Reloc{Offset: binary.LittleEndian.Uint64(data), Type: elf.R_X86_64(elf.R_TYPE64(info)),
			Addend: int64(binary.LittleEndian.Uint64(data[16:]))}
		if reloc.Type == elf.R_X86_64_NONE {
			continue
		}
		symbol := uint64(elf.R_SYM64(info))
		if symbol >= uint64(len(r.symbols)) || r.symbols[symbol] == nil {
			return fmt.Errorf("section %s refers to symbol %d, which is none of this object", s.Name, symbol)
		}
		reloc.Symbol = r.symbols[symbol]
		size := uint64(fieldSize(reloc.Type))
		if size == 0 {
			return fmt.Errorf("section %s has a relocation of the type %v, which kernel objects do not have",
				s.Name, reloc.Type)
		}
		if reloc.Offset > to.Size || size > to.Size-reloc.Offset || to.Type == elf.SHT_NOBITS {
			return fmt.Errorf("section %s has a relocation at %#x, past the end of %s", s.Name, reloc.Offset, to.Name)
		}
		if s.Flags&shfRelaLivepatch != 0 {
			to.Late = append(to.Late, reloc)
		} else {
			to.Relocs = append(to.Relocs, reloc)
		}
	}
	return nil
}
