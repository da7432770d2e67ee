// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"strings"
)

// File is a module's ELF file: relocatable, 64 bits, little-endian, for x86-64.
type File struct{ *elf.File }

// Parse checks an unpacked module. Every section of the result lies within data.
func Parse(data []byte) (*File, error) {
	file, err := Relocatable(data)
	if err != nil {
		return nil, fmt.Errorf("not a kernel module: %w: name the .ko that spotos patch build made", err)
	}
	return file, nil
}

// Relocatable checks what a compiler or ld -r wrote: a module, or one object of a kernel. Every section of the result
// lies within data.
func Relocatable(data []byte) (*File, error) {
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if file.Type != elf.ET_REL || file.Class != elf.ELFCLASS64 || file.Data != elf.ELFDATA2LSB ||
		file.Machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("not a relocatable file for x86-64: %v, %v, %v", file.Type, file.Class, file.Machine)
	}
	for _, s := range file.Sections {
		// No section that is read here is ever packed, and packed sections could unpack to anything.
		if s.Flags&elf.SHF_COMPRESSED != 0 {
			return nil, fmt.Errorf("section %s is compressed: build it without that", s.Name)
		}
		if s.Type != elf.SHT_NOBITS && (s.Offset > uint64(len(data)) || s.Size > uint64(len(data))-s.Offset) {
			return nil, fmt.Errorf("section %s reaches past the end of the file, which was cut off: build or copy it again",
				s.Name)
		}
	}
	return &File{file}, nil
}

// Content returns a section that must be there, with its content.
func (f *File) Content(name string) (elf.SectionIndex, []byte, error) {
	for i, s := range f.Sections {
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

// Modinfo is a module's "key=value" texts. A key may stand more than once.
type Modinfo map[string][]string

// First returns the first value of a key, "" without one.
func (m Modinfo) First(key string) string {
	if len(m[key]) == 0 {
		return ""
	}
	return m[key][0]
}

// Depends names the modules that must be loaded before this one, as the kernel names them.
func (m Modinfo) Depends() []string {
	names := []string{}
	for name := range strings.SplitSeq(m.First("depends"), ",") {
		if name != "" {
			names = append(names, Name(name))
		}
	}
	return names
}

// Modinfo reads the module's section .modinfo.
func (f *File) Modinfo() (Modinfo, error) {
	_, data, err := f.Content(".modinfo")
	if err != nil {
		return nil, fmt.Errorf("%w: build it with kbuild", err)
	}
	info := make(Modinfo)
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
