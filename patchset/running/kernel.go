// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"spotos/internal/ko"
)

// ReadKernel reads the kernel itself from its vmlinuz.
func ReadKernel(path string) (*Code, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's image: %w", err)
	}
	return readImage(file, path)
}

// ReadImage is ReadKernel for a vmlinuz under a directory that is laid out as a machine's.
func ReadImage(root fs.FS, path string) (*Code, error) {
	file, err := root.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's image: %w", err)
	}
	return readImage(file, path)
}

// readImage reads a vmlinuz and closes it.
func readImage(file fs.File, path string) (*Code, error) {
	defer file.Close()
	image, err := io.ReadAll(io.LimitReader(file, maxImage+1))
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's image: %w", err)
	}
	if len(image) > maxImage {
		return nil, fmt.Errorf("%s has more than %d MiB, which no kernel image has: name the vmlinuz of the kernel's package",
			path, maxImage>>20)
	}
	code, err := Kernel(image)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return code, nil
}

// Kernel reads the kernel itself from the bytes of its vmlinuz.
func Kernel(image []byte) (*Code, error) {
	data, err := payload(image)
	if err != nil {
		return nil, err
	}
	return vmlinux(data)
}

// vmlinux reads the ELF file that is packed in a vmlinuz. It has sections but no ELF symbols.
func vmlinux(data []byte) (*Code, error) {
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the kernel in it: %w", err)
	}
	if file.Type != elf.ET_EXEC || file.Class != elf.ELFCLASS64 || file.Data != elf.ELFDATA2LSB ||
		file.Machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("the kernel in it is not for x86-64: %v, %v, %v", file.Type, file.Class, file.Machine)
	}
	code := &Code{Object: VMLinux}
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 {
			continue
		}
		content, err := contentOf(data, s)
		if err != nil {
			return nil, fmt.Errorf("the kernel in it: %w", err)
		}
		code.sections = append(code.sections, Section{Name: s.Name, Addr: s.Addr, Size: s.Size, Data: content,
			Text: isCode(s.Flags)})
		if s.Type == elf.SHT_NOTE && code.BuildID == "" {
			code.BuildID = ko.BuildID(content)
		}
	}
	if code.BuildID == "" {
		return nil, errors.New("the kernel in it has no build ID, so it cannot be told whether it is the one that runs")
	}
	if code.symbols, err = kallsyms(code.sections); err != nil {
		return nil, err
	}
	code.correctTypes()
	code.index()
	return code, nil
}

// isCode reports whether a section of the kernel has code. That of its variables may be executable by its flags, as in
// 7.3; but no code is writable.
func isCode(flags elf.SectionFlag) bool {
	return flags&(elf.SHF_EXECINSTR|elf.SHF_WRITE) == elf.SHF_EXECINSTR
}

// correctTypes makes variables of what stands among them and the table calls code, which goes by the sections' flags.
func (c *Code) correctTypes() {
	variables := map[byte]byte{'t': 'd', 'T': 'D'}
	for i := range c.symbols {
		s := &c.symbols[i]
		kind, ok := variables[s.Type]
		if !ok {
			continue
		}
		if section := c.section(s.Addr); section != nil && section.Name == ".data" && !section.Text {
			s.Type = kind
		}
	}
}

// contentOf returns what a file has of a section, as a part of the file's data; nil if the section begins as zeros.
func contentOf(data []byte, s *elf.Section) ([]byte, error) {
	switch {
	case s.Type == elf.SHT_NOBITS:
		return nil, nil
	case s.Flags&elf.SHF_COMPRESSED != 0:
		return nil, fmt.Errorf("section %s is compressed, which no section that is loaded may be", s.Name)
	case s.Offset > uint64(len(data)) || s.Size > uint64(len(data))-s.Offset:
		return nil, fmt.Errorf("section %s reaches past the end of the file, which was cut off: install it again", s.Name)
	}
	return data[s.Offset : s.Offset+s.Size : s.Offset+s.Size], nil
}
