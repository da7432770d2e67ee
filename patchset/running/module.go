// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"spotos/internal/ko"
)

// Where a module's parts are put. The distances between them are those of a kernel's modules: 32 bits reach everywhere.
const (
	moduleBase = 0xffffffffc0000000 // the first section
	otherBase  = 0xffffffffa0000000 // the first symbol of others
	otherStep  = 16                 // bytes from one symbol of others to the next
	maxLoaded  = 256 << 20          // bytes of all sections together
)

// ReadModule reads a module from its file, NAME.ko, or that with the suffix of a packing.
func ReadModule(root fs.FS, file string) (*Code, error) {
	data, err := ko.ReadFile(root, file)
	if err != nil {
		return nil, fmt.Errorf("reading the module %s: %w", file, err)
	}
	code, err := Module(ko.Name(path.Base(file)), data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return code, nil
}

// ModuleFiles returns the files under a directory that have a module of that name, as the kernel writes it. Debian has
// one of each; updates/dkms may have another one.
func ModuleFiles(root fs.FS, dir, name string) ([]string, error) {
	var found []string
	err := fs.WalkDir(root, dir, func(file string, e fs.DirEntry, err error) error {
		if err == nil && ko.HasName(e.Name()) && ko.Name(e.Name()) == name && e.Type().IsRegular() {
			found = append(found, file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for module %s: %w", name, err)
	}
	return found, nil
}

// Module reads a module from the bytes of its file, unpacked. Its name is as the kernel writes it. The module is linked
// here as the kernel's loader does it, at addresses of its own.
func Module(name string, data []byte) (*Code, error) {
	file, err := ko.Relocatable(data)
	if err != nil {
		return nil, fmt.Errorf("not a kernel module: %w", err)
	}
	symbols, err := file.Symbols()
	if err != nil {
		return nil, fmt.Errorf("reading symbols: %w: it was stripped of what the kernel needs", err)
	}
	l := &linker{file: file, symbols: symbols, code: &Code{Object: name}, at: make([]int, len(file.Sections))}
	if err := l.place(data); err != nil {
		return nil, err
	}
	l.name()
	if err := l.relocate(); err != nil {
		return nil, err
	}
	l.code.index()
	return l.code, nil
}

// linker puts a module together.
type linker struct {
	file    *ko.File
	symbols []elf.Symbol // without the empty one at index 0
	code    *Code
	at      []int    // for each section of the file its index among the code's, plus 1; 0: not loaded
	values  []uint64 // for each symbol its address
}

// place gives each section that is loaded an address and a copy of its content.
func (l *linker) place(data []byte) error {
	addr := uint64(moduleBase)
	for i, s := range l.file.Sections {
		if s.Type == elf.SHT_NOTE && l.code.BuildID == "" {
			l.code.BuildID = ko.BuildID(data[s.Offset : s.Offset+s.Size])
		}
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 {
			continue
		}
		if align := s.Addralign; align > 1 && align <= 1<<16 {
			addr = (addr + align - 1) / align * align
		}
		if s.Size > maxLoaded || addr-moduleBase > maxLoaded-s.Size {
			return fmt.Errorf("its sections are longer than %d MiB together: no kernel would load it", maxLoaded>>20)
		}
		content, err := contentOf(data, s)
		if err != nil {
			return err
		}
		l.code.sections = append(l.code.sections, Section{Name: s.Name, Addr: addr, Size: s.Size,
			Data: slices.Clone(content), Text: s.Flags&elf.SHF_EXECINSTR != 0})
		l.at[i] = len(l.code.sections)
		addr += s.Size + 1 // so that the end of one section is not the beginning of the next
	}
	return nil
}

// name gives each symbol its address, and makes the list that the kernel would walk.
func (l *linker) name() {
	l.values = make([]uint64, len(l.symbols))
	others := 0
	for i, s := range l.symbols {
		symbol := Symbol{Name: s.Name, Type: 'U', Other: true}
		switch {
		case s.Section == elf.SHN_UNDEF:
			symbol.Addr = otherBase + uint64(others)*otherStep
			others++
		case int(s.Section) >= len(l.file.Sections):
			l.values[i] = s.Value // absolute, or the name of a source file, of which the kernel keeps neither
			continue
		case l.at[s.Section] == 0:
			continue
		default:
			section := l.file.Sections[s.Section]
			symbol = Symbol{Name: s.Name, Addr: l.code.sections[l.at[s.Section]-1].Addr + s.Value,
				Type: kind(section, s), Init: isForgotten(section.Name)}
		}
		l.values[i] = symbol.Addr
		if s.Name != "" {
			l.code.symbols = append(l.code.symbols, symbol)
		}
	}
}

// kind returns a symbol's type as nm(1) prints it.
func kind(section *elf.Section, s elf.Symbol) byte {
	letter := byte('r')
	switch {
	case section.Flags&elf.SHF_EXECINSTR != 0:
		letter = 't'
	case section.Type == elf.SHT_NOBITS:
		letter = 'b'
	case section.Flags&elf.SHF_WRITE != 0:
		letter = 'd'
	}
	switch elf.ST_BIND(s.Info) {
	case elf.STB_LOCAL:
		return letter
	case elf.STB_WEAK:
		return 'W'
	}
	return letter - 'a' + 'A'
}

// isForgotten reports whether the kernel keeps no symbols of a section once the module is loaded.
func isForgotten(section string) bool {
	return strings.HasPrefix(section, ".init") || section == ".modinfo" || section == "__versions"
}
