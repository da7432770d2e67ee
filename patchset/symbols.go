// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxFunctionSize bounds, in bytes, the last symbol of a run, whose end no other symbol marks.
const maxFunctionSize = 1 << 20

// Symbol is one line of /proc/kallsyms.
type Symbol struct {
	Addr   uint64 // 0 if the kernel hides addresses from this reader
	Name   string
	Module string // "" for the kernel itself
	Text   bool   // code, not data
}

// Object returns the module, or VMLinux.
func (s Symbol) Object() string {
	if s.Module == "" {
		return VMLinux
	}
	return s.Module
}

// Symbols holds a kernel's symbols at the moment they were read. It may be used from any goroutine.
type Symbols struct {
	all    []Symbol // by address
	hidden bool
	own    string // the lines of the kernel itself, which come first; "" where its symbols do not
	owned  int    // how many they are
}

// ErrHidden says that the kernel shows names without addresses, so that no frame on a stack can be told from another.
var ErrHidden = errors.New("the kernel hides addresses, so nobody can tell who is inside a function")

// ShowAddresses says what to do about ErrHidden.
const ShowAddresses = "show them to root, and run it as root: sysctl kernel.kptr_restrict=1"

// CheckAddresses returns nil if the kernel under root shows addresses, ErrHidden if it hides them, or the error of
// reading. It reads no further than to the first address.
func CheckAddresses(root fs.FS) error {
	file, err := root.Open("proc/kallsyms")
	if err != nil {
		return fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if s, ok := parseSymbol(lines.Text()); ok && s.Addr != 0 {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	return ErrHidden
}

// LoadSymbols reads /proc/kallsyms. Modules that load later are not in it.
func LoadSymbols() (*Symbols, error) { return ReadSymbols(os.DirFS("/")) }

// ReadSymbols reads proc/kallsyms of a machine under root.
func ReadSymbols(root fs.FS) (*Symbols, error) { return readSymbols(root, nil) }

// readSymbols needs not parse the kernel's own symbols again if they are as before, which may be nil: modules come and
// go, and what they have stands last.
func readSymbols(root fs.FS, before *Symbols) (*Symbols, error) {
	data, err := fs.ReadFile(root, "proc/kallsyms")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	// Every name is a part of this one string: a quarter of a million small strings would cost more.
	text := string(data)
	s := &Symbols{all: make([]Symbol, 0, bytes.Count(data, []byte{'\n'})), hidden: true}
	if before != nil && before.owned > 0 && strings.HasPrefix(text, before.own) {
		s.own, s.owned, s.hidden = before.own, before.owned, before.hidden
		s.all = append(s.all, before.all[:before.owned]...)
		text = strings.Clone(text[len(before.own):])
	}
	if err := s.parse(text); err != nil {
		return nil, err
	}
	if len(s.all) == 0 {
		return nil, fmt.Errorf("reading the kernel's symbols: /proc/kallsyms is empty; the kernel needs CONFIG_KALLSYMS_ALL")
	}
	return s, nil
}

// parse adds the symbols of lines, in order of address. Those of the kernel itself come first.
func (s *Symbols) parse(text string) error {
	known, owned, own := len(s.all), 0, 0
	for line := range strings.Lines(text) {
		symbol, ok := parseSymbol(line)
		if !ok {
			return fmt.Errorf("reading the kernel's symbols: not a line of /proc/kallsyms: %.80q", line)
		}
		s.hidden = s.hidden && symbol.Addr == 0
		if symbol.Module == "" && len(s.all) == known+owned {
			owned++
			own += len(line)
		}
		s.all = append(s.all, symbol)
	}
	byAddr := func(a, b Symbol) int { return cmp.Compare(a.Addr, b.Addr) }
	if known == 0 {
		slices.SortStableFunc(s.all[:owned], byAddr)
		s.own, s.owned, known = text[:own], owned, owned
	}
	slices.SortStableFunc(s.all[known:], byAddr)
	if known > 0 && known < len(s.all) && byAddr(s.all[known-1], s.all[known]) > 0 { // modules lie above the kernel
		slices.SortStableFunc(s.all, byAddr)
		s.own, s.owned = "", 0
	}
	return nil
}

// parseSymbol parses a line such as "ffffffffc03d1000 t pair_encode\t[pair_target]".
func parseSymbol(line string) (Symbol, bool) {
	hex, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	addr, err := strconv.ParseUint(hex, 16, 64)
	if !ok || err != nil || len(rest) < 3 || rest[1] != ' ' {
		return Symbol{}, false
	}
	name, module, _ := strings.Cut(rest[2:], "\t")
	return Symbol{
		Addr:   addr,
		Name:   name,
		Module: strings.Trim(module, "[]"),
		Text:   strings.IndexByte("tTwW", rest[0]) >= 0,
	}, true
}

// Hidden reports that the kernel shows this reader names only: addresses need root, or kptr_restrict below 2.
func (s *Symbols) Hidden() bool { return s.hidden }

// Addresses returns every symbol of that name, functions and data, in order of address.
func (s *Symbols) Addresses(name string) []Symbol {
	return s.match(func(n string) bool { return n == name })
}

// text returns the functions of that name in its object.
func (s *Symbols) text(f Function) []Symbol {
	var found []Symbol
	for _, symbol := range s.Addresses(f.Name) {
		if symbol.Text && symbol.Object() == f.Object {
			found = append(found, symbol)
		}
	}
	return found
}

// at returns all names of an address.
func (s *Symbols) at(addr uint64) []Symbol {
	less := func(symbol Symbol, a uint64) int { return cmp.Compare(symbol.Addr, a) }
	first, _ := slices.BinarySearchFunc(s.all, addr, less)
	end, _ := slices.BinarySearchFunc(s.all, addr+1, less)
	return s.all[first:end]
}

func (s *Symbols) match(wanted func(name string) bool) []Symbol {
	var found []Symbol
	for i := range s.all {
		if wanted(s.all[i].Name) {
			found = append(found, s.all[i])
		}
	}
	return found
}

// find returns the function that an address lies in.
func (s *Symbols) find(addr uint64) (Symbol, bool) {
	next, _ := slices.BinarySearchFunc(s.all, addr, func(sym Symbol, a uint64) int {
		if sym.Addr <= a {
			return -1
		}
		return 1
	})
	if next == 0 || s.hidden {
		return Symbol{}, false
	}
	start := s.all[next-1].Addr
	// Of several names for one address the kernel itself uses the first.
	first := next - 1
	for first > 0 && s.all[first-1].Addr == start {
		first--
	}
	for _, symbol := range s.all[first:next] {
		if symbol.Text && addr-start < maxFunctionSize {
			return symbol, true
		}
	}
	return Symbol{}, false
}

// Lookup returns the function that an address lies in, and the address's offset in it. It returns false for an address
// in no function, and if the kernel hides addresses.
func (s *Symbols) Lookup(addr uint64) (name string, off uint64, ok bool) {
	symbol, ok := s.find(addr)
	if !ok {
		return "", 0, false
	}
	return symbol.Name, addr - symbol.Addr, true
}

// Format writes an address as a stack shows it: "name+0x1f", "name+0x1f [module]", or the bare number.
func (s *Symbols) Format(addr uint64) string {
	symbol, ok := s.find(addr)
	switch {
	case !ok:
		return fmt.Sprintf("%#x", addr)
	case symbol.Module == "":
		return fmt.Sprintf("%s+%#x", symbol.Name, addr-symbol.Addr)
	}
	return fmt.Sprintf("%s+%#x [%s]", symbol.Name, addr-symbol.Addr, symbol.Module)
}
