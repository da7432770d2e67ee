// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"spotos/internal/ko"
)

// relocation is a field in a section that the linker or loader fills in with an address. A relative one holds the
// distance from the field itself.
type relocation struct {
	offset   uint64 // of the field, in its section
	kind     elf.R_X86_64
	symbol   int // index into the file's symbols, without the empty one
	addend   uint64
	width    uint64 // bytes of the field
	relative bool
}

const relocationSize = 24 // bytes of an entry in the file

// relocations reads the relocations of a section. It refuses a kind that no compiler writes into a kernel's object.
func relocations(file *ko.File, symbols int, section elf.SectionIndex) ([]relocation, error) {
	var found []relocation
	target := file.Sections[section]
	for _, s := range file.Sections {
		if s.Type != elf.SHT_RELA || elf.SectionIndex(s.Info) != section {
			continue
		}
		data, err := s.Data()
		if err != nil {
			return nil, fmt.Errorf("reading section %s: %w", s.Name, err)
		}
		for ; len(data) >= relocationSize; data = data[relocationSize:] {
			info := binary.LittleEndian.Uint64(data[8:])
			r := relocation{
				offset: binary.LittleEndian.Uint64(data),
				kind:   elf.R_X86_64(elf.R_TYPE64(info)),
				symbol: int(elf.R_SYM64(info)) - 1,
				addend: binary.LittleEndian.Uint64(data[16:]),
			}
			if err := r.check(target, symbols); err != nil {
				return nil, fmt.Errorf("section %s: %w", s.Name, err)
			}
			if r.kind != elf.R_X86_64_NONE {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// check finds out how wide the field is and whether it lies in its section.
func (r *relocation) check(section *elf.Section, symbols int) error {
	switch r.kind {
	case elf.R_X86_64_NONE:
		return nil
	case elf.R_X86_64_64:
		r.width = 8
	case elf.R_X86_64_PC64:
		r.width, r.relative = 8, true
	case elf.R_X86_64_PC32, elf.R_X86_64_PLT32:
		r.width, r.relative = 4, true
	case elf.R_X86_64_32, elf.R_X86_64_32S:
		r.width = 4
	default:
		return fmt.Errorf("relocation %s at %#x is of no kind that the kernel's code has: build it with the kernel's own "+
			"flags", strings.TrimPrefix(r.kind.String(), "R_"), r.offset)
	}
	if r.offset > section.Size || section.Size-r.offset < r.width || section.Type == elf.SHT_NOBITS {
		return fmt.Errorf("relocation at %#x is outside of %s: the file is damaged", r.offset, section.Name)
	}
	if r.symbol < 0 || r.symbol >= symbols {
		return fmt.Errorf("relocation at %#x names no symbol: the file is damaged", r.offset)
	}
	return nil
}

// fill writes into a field at an address what the relocation makes of its symbol's value.
func (r relocation) fill(field []byte, addr, value uint64) {
	value += r.addend
	if r.relative {
		value -= addr
	}
	if r.width == 8 {
		binary.LittleEndian.PutUint64(field, value)
		return
	}
	binary.LittleEndian.PutUint32(field, uint32(value))
}

// value returns the value of the symbol that a field at an address was filled with.
func (r relocation) value(field []byte, addr uint64) uint64 {
	var value uint64
	switch {
	case r.width == 8:
		value = binary.LittleEndian.Uint64(field)
	case r.kind == elf.R_X86_64_32:
		value = uint64(binary.LittleEndian.Uint32(field))
	default:
		value = uint64(int64(int32(binary.LittleEndian.Uint32(field))))
	}
	if r.relative {
		value += addr
	}
	return value - r.addend
}

// relocate fills in the fields of all sections.
func (l *linker) relocate() error {
	for i, at := range l.at {
		if at == 0 {
			continue
		}
		section := &l.code.sections[at-1]
		found, err := relocations(l.file, len(l.symbols), elf.SectionIndex(i))
		if err != nil {
			return err
		}
		for _, r := range found {
			r.fill(section.Data[r.offset:r.offset+r.width], section.Addr+r.offset, l.values[r.symbol])
		}
	}
	return nil
}
