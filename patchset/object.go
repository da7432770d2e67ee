// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"

	"spotos/internal/ko"
)

// object is a module with its symbols.
type object struct {
	*ko.File
	symbols []elf.Symbol // without the empty one at index 0
}

// place is where a pointer points: an offset into a section.
type place struct {
	section elf.SectionIndex
	offset  uint64
}

func newObject(data []byte) (*object, error) {
	file, err := ko.Parse(data)
	if err != nil {
		return nil, err
	}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("reading symbols: %w", err)
	}
	return &object{file, symbols}, nil
}

// pointers returns the targets of the pointers in a section, by the pointers' offsets. It leaves out pointers to
// symbols of other modules.
func (o *object) pointers(section elf.SectionIndex) (map[uint64]place, error) {
	found := make(map[uint64]place)
	for _, s := range o.Sections {
		if s.Type != elf.SHT_RELA || elf.SectionIndex(s.Info) != section {
			continue
		}
		data, err := s.Data()
		if err != nil {
			return nil, fmt.Errorf("reading section %s: %w", s.Name, err)
		}
		for ; len(data) >= 24; data = data[24:] {
			info := binary.LittleEndian.Uint64(data[8:])
			symbol := elf.R_SYM64(info)
			if elf.R_X86_64(elf.R_TYPE64(info)) != elf.R_X86_64_64 || symbol == 0 || int(symbol) > len(o.symbols) {
				continue
			}
			target := o.symbols[symbol-1]
			if target.Section == elf.SHN_UNDEF || int(target.Section) >= len(o.Sections) {
				continue
			}
			found[binary.LittleEndian.Uint64(data)] = place{
				section: target.Section,
				offset:  target.Value + binary.LittleEndian.Uint64(data[16:]),
			}
		}
	}
	return found, nil
}

// symbolAt returns the first symbol of a type that begins at a place.
func (o *object) symbolAt(at place, typ elf.SymType) (elf.Symbol, bool) {
	i := slices.IndexFunc(o.symbols, func(s elf.Symbol) bool {
		return elf.ST_TYPE(s.Info) == typ && s.Section == at.section && s.Value == at.offset
	})
	if i < 0 {
		return elf.Symbol{}, false
	}
	return o.symbols[i], true
}

// functionAt returns the name of the function that begins at a place, "" if there is none.
func (o *object) functionAt(at place) string {
	s, _ := o.symbolAt(at, elf.STT_FUNC)
	return s.Name
}

// isCode reports whether a place is in an executable section.
func (o *object) isCode(at place) bool {
	return o.Sections[at.section].Flags&elf.SHF_EXECINSTR != 0
}
