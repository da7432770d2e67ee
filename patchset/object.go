// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// object is a module's ELF file: relocatable, 64 bits, little-endian.
type object struct {
	file    *elf.File
	symbols []elf.Symbol // without the empty one at index 0
}

// place is where a pointer points: an offset into a section.
type place struct {
	section elf.SectionIndex
	offset  uint64
}

func newObject(data []byte) (*object, error) {
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a kernel module: %w: name the .ko that spotos patch build made", err)
	}
	if file.Type != elf.ET_REL || file.Class != elf.ELFCLASS64 || file.Data != elf.ELFDATA2LSB || file.Machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("not a kernel module for x86-64: %v, %v, %v", file.Type, file.Class, file.Machine)
	}
	for _, s := range file.Sections {
		// Nothing that the reader wants is ever packed, and packed sections could unpack to anything.
		if s.Flags&elf.SHF_COMPRESSED != 0 {
			return nil, fmt.Errorf("section %s is compressed: build it without that", s.Name)
		}
		if s.Type != elf.SHT_NOBITS && (s.Offset > uint64(len(data)) || s.Size > uint64(len(data))-s.Offset) {
			return nil, fmt.Errorf("section %s reaches past the end of the file, which was cut off: build or copy it again", s.Name)
		}
	}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("reading symbols: %w", err)
	}
	return &object{file: file, symbols: symbols}, nil
}

// section returns a section that must be there, with its content.
func (o *object) section(name string) (elf.SectionIndex, []byte, error) {
	for i, s := range o.file.Sections {
		if s.Name == name && s.Type != elf.SHT_NOBITS {
			data, err := s.Data()
			if err != nil {
				return 0, nil, fmt.Errorf("reading section %s: %w", name, err)
			}
			return elf.SectionIndex(i), data, nil
		}
	}
	return 0, nil, fmt.Errorf("has no section %s", name)
}

// pointers returns where the pointers in a section point, by their offset in it. Pointers to what other
// modules define are left out.
func (o *object) pointers(section elf.SectionIndex) (map[uint64]place, error) {
	found := make(map[uint64]place)
	for _, s := range o.file.Sections {
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
			if target.Section == elf.SHN_UNDEF || int(target.Section) >= len(o.file.Sections) {
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

// functionAt returns the name of the function that begins at a place, "" if none does or it has no name.
func (o *object) functionAt(at place) string {
	s, _ := o.symbolAt(at, elf.STT_FUNC)
	return s.Name
}

// isCode says whether a place is in a section that is executed.
func (o *object) isCode(at place) bool {
	return o.file.Sections[at.section].Flags&elf.SHF_EXECINSTR != 0
}

// modinfo is a module's "key=value" texts. A key may stand more than once.
type modinfo map[string][]string

func (m modinfo) first(key string) string {
	if len(m[key]) == 0 {
		return ""
	}
	return m[key][0]
}

func (o *object) modinfo() (modinfo, error) {
	_, data, err := o.section(".modinfo")
	if err != nil {
		return nil, fmt.Errorf("%w: build it with kbuild", err)
	}
	info := make(modinfo)
	for text := range strings.SplitSeq(string(data), "\x00") {
		if key, value, ok := strings.Cut(text, "="); ok {
			info[key] = append(info[key], value)
		}
	}
	if len(info) == 0 {
		return nil, errors.New("its section .modinfo is empty: build it with kbuild")
	}
	return info, nil
}
