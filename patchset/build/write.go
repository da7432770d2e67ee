// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// What the kernel's livepatch marks its relocations and symbols with; debug/elf has no names for them.
const (
	shfRelaLivepatch = elf.SectionFlag(0x00100000)
	shnLivepatch     = elf.SectionIndex(0xff20)
)

// Bytes returns the object as a file that ld, modpost and the kernel's loader of modules take. It fails if a symbol or
// a relocation refers to what the object does not have.
func (o *Object) Bytes() ([]byte, error) {
	w := writer{sections: make(map[*Section]int), symbols: make(map[*Symbol]int)}
	w.out.Write(make([]byte, binary.Size(elf.Header64{})))
	w.headers = []elf.Section64{{}}
	w.names.WriteByte(0)
	for _, s := range o.Sections {
		w.sections[s] = len(w.headers)
		w.add(s.Name, elf.Section64{Type: uint32(s.Type), Flags: uint64(s.Flags), Addralign: s.Align,
			Entsize: s.EntSize, Size: s.Size, Info: s.Info}, s.Data)
	}
	for _, s := range o.Sections {
		if s.Link == nil {
			continue
		}
		if w.sections[s.Link] == 0 {
			return nil, fmt.Errorf("section %s follows section %s, which is not in the object", s.Name, s.Link.Name)
		}
		w.headers[w.sections[s]].Link = uint32(w.sections[s.Link])
	}
	if err := w.writeSymbols(o.Symbols); err != nil {
		return nil, err
	}
	for _, s := range o.Sections {
		if err := w.relocs(".rela"+s.Name, s, s.Relocs, elf.SHF_INFO_LINK); err != nil {
			return nil, err
		}
		late := elf.SHF_INFO_LINK | elf.SHF_ALLOC | shfRelaLivepatch
		if err := w.relocs(lateSection+s.Name, s, s.Late, late); err != nil {
			return nil, err
		}
	}
	return w.finish()
}

// writer lays out a file. Its maps give the indices that sections and symbols have in it.
type writer struct {
	out      bytes.Buffer
	headers  []elf.Section64
	names    bytes.Buffer
	sections map[*Section]int
	symbols  map[*Symbol]int
	symtab   int
}

// add appends a section and its header.
func (w *writer) add(name string, header elf.Section64, data []byte) {
	header.Name = uint32(w.names.Len())
	w.names.WriteString(name + "\x00")
	if align := int(header.Addralign); align > 1 {
		w.out.Write(make([]byte, (align-w.out.Len()%align)%align))
	}
	header.Off = uint64(w.out.Len())
	w.out.Write(data)
	w.headers = append(w.headers, header)
}

// writeSymbols writes the symbol table: local symbols first, as the format demands.
func (w *writer) writeSymbols(symbols []*Symbol) error {
	var table, names bytes.Buffer
	table.Write(make([]byte, symbolSize))
	names.WriteByte(0)
	count, locals := 1, 1
	for _, local := range []bool{true, false} {
		for _, s := range symbols {
			if s.Local() != local {
				continue
			}
			index := s.Special
			if s.Section != nil {
				if index = elf.SectionIndex(w.sections[s.Section]); index == 0 {
					return fmt.Errorf("symbol %s is in section %s, which is not in the object", s.Name, s.Section.Name)
				}
			}
			name := 0
			if s.Name != "" {
				name = names.Len()
				names.WriteString(s.Name + "\x00")
			}
			put(&table, elf.Sym64{Name: uint32(name), Info: s.Info, Other: s.Other, Shndx: uint16(index),
				Value: s.Value, Size: s.Size})
			w.symbols[s] = count
			count++
			if local {
				locals++
			}
		}
	}
	w.symtab = len(w.headers)
	w.add(".symtab", elf.Section64{Type: uint32(elf.SHT_SYMTAB), Link: uint32(w.symtab + 1), Info: uint32(locals),
		Addralign: 8, Entsize: symbolSize, Size: uint64(table.Len())}, table.Bytes())
	w.add(".strtab", elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1, Size: uint64(names.Len())}, names.Bytes())
	return nil
}

// relocs writes a section's relocations, unless it has none.
func (w *writer) relocs(name string, s *Section, relocs []Reloc, flags elf.SectionFlag) error {
	if len(relocs) == 0 {
		return nil
	}
	var data bytes.Buffer
	for _, r := range relocs {
		symbol := w.symbols[r.Symbol]
		if symbol == 0 {
			return fmt.Errorf("section %s refers to symbol %s, which is not in the object", s.Name, r.Symbol.Name)
		}
		put(&data, elf.Rela64{Off: r.Offset, Info: elf.R_INFO(uint32(symbol), uint32(r.Type)), Addend: r.Addend})
	}
	w.add(name, elf.Section64{Type: uint32(elf.SHT_RELA), Flags: uint64(flags), Link: uint32(w.symtab),
		Info: uint32(w.sections[s]), Addralign: 8, Entsize: relaSize, Size: uint64(data.Len())}, data.Bytes())
	return nil
}

// finish writes the names, the headers of the sections, and the file's own header in the place kept for it.
func (w *writer) finish() ([]byte, error) {
	index := len(w.headers)
	if index >= int(elf.SHN_LORESERVE) {
		return nil, fmt.Errorf("%d sections are more than an object can have: leave files out of the patch", index)
	}
	const own = ".shstrtab"
	w.add(own, elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, nil)
	w.headers[index].Size = uint64(w.names.Len()) // with its own name, which is in it now
	w.out.Write(w.names.Bytes())
	w.out.Write(make([]byte, (8-w.out.Len()%8)%8))
	header := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(w.out.Len()), Ehsize: uint16(binary.Size(elf.Header64{})),
		Shentsize: uint16(binary.Size(elf.Section64{})), Shnum: uint16(len(w.headers)), Shstrndx: uint16(index)}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	put(&w.out, w.headers)
	data := w.out.Bytes()
	var first bytes.Buffer
	put(&first, header)
	copy(data, first.Bytes())
	return data, nil
}

// put appends a structure of fixed size, which a buffer always takes.
func put(to *bytes.Buffer, value any) { _ = binary.Write(to, binary.LittleEndian, value) }
