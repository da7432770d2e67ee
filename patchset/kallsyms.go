// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// errNoSymbols says that /proc/kallsyms has no line.
var errNoSymbols = errors.New("reading the kernel's symbols: /proc/kallsyms is empty; the kernel needs " +
	"CONFIG_KALLSYMS_ALL")

// CheckAddresses returns nil if the kernel under root shows addresses, ErrHidden if it hides them, or the error of
// reading. It reads no further than to the first address.
func CheckAddresses(root fs.FS) error {
	file, err := root.Open("proc/kallsyms")
	if err != nil {
		return fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	defer file.Close()
	lines, any := bufio.NewScanner(file), false
	for lines.Scan() {
		any = true
		if s, ok := parseSymbol(lines.Text()); ok && s.Addr != 0 {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	if !any {
		return errNoSymbols
	}
	return ErrHidden
}

// LoadSymbols reads /proc/kallsyms. Modules that load later are not in it.
func LoadSymbols() (*Symbols, error) { return ReadSymbols(os.DirFS("/")) }

// ReadSymbols reads proc/kallsyms of a machine under root.
func ReadSymbols(root fs.FS) (*Symbols, error) { return readSymbols(root, nil) }

// readSymbols needs not parse the kernel's own symbols again where before, which may be nil, has them: modules come and
// go, and what they have stands last.
func readSymbols(root fs.FS, before *Symbols) (*Symbols, error) {
	// Every name is a part of this one string: a quarter of a million small strings would cost more.
	text, err := readLong(root, "proc/kallsyms")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	s := &Symbols{hidden: true}
	if rest, ok := before.skip(text); ok {
		s.hidden, s.init, s.end, s.own = before.hidden, before.init, before.end, before.own
		err = s.parseRest(strings.Clone(rest))
	} else {
		err = s.parse(text)
	}
	if err != nil {
		return nil, err
	}
	if s.count() == 0 {
		return nil, errNoSymbols
	}
	s.sort()
	return s, nil
}

// skip returns what stands behind the kernel's own lines; false if those are not the ones that s has.
func (s *Symbols) skip(text string) (rest string, ok bool) {
	if s == nil || s.own.count() == 0 {
		return "", false
	}
	last := s.own.at(s.own.count() - 1)
	at := strings.LastIndex(text, fmt.Sprintf("\n%016x ", last.Addr)) + 1
	line, rest, _ := strings.Cut(text[at:], "\n")
	if symbol, _ := parseSymbol(line); symbol != last || strings.Count(text[:at], "\n") != s.own.count()-1 {
		return "", false
	}
	if line, _, _ = strings.Cut(text, "\n"); at > 0 {
		if symbol, _ := parseSymbol(line); symbol != s.own.at(0) {
			return "", false
		}
	}
	next, _, _ := strings.Cut(rest, "\n")
	return rest, next == "" || strings.HasSuffix(next, "]")
}

// parse reads lines, the kernel's own of which come first.
func (s *Symbols) parse(text string) error {
	lines := strings.Count(text, "\n")
	s.own = table{addrs: make([]uint64, 0, lines), names: make([]uint64, 0, lines), text: text}
	for at := 0; at < len(text); {
		length := strings.IndexByte(text[at:], '\n') + 1
		if length == 0 {
			length = len(text) - at
		}
		symbol, ok := parseSymbol(text[at : at+length])
		if !ok || symbol.Module != "" {
			return s.parseRest(text[at:])
		}
		s.hidden = s.hidden && symbol.Addr == 0
		s.note(symbol)
		s.own.add(symbol.Addr, at+nameAt(text[at:]), len(symbol.Name), symbol.Text)
		at += length
	}
	return nil
}

// parseRest reads the lines behind the kernel's own.
func (s *Symbols) parseRest(text string) error {
	for line := range strings.Lines(text) {
		symbol, ok := parseSymbol(line)
		if !ok {
			return fmt.Errorf("reading the kernel's symbols: not a line of /proc/kallsyms: %.80q", line)
		}
		s.hidden = s.hidden && symbol.Addr == 0
		s.rest = append(s.rest, symbol)
	}
	return nil
}

// sort orders by address. The kernel's own are in that order as /proc/kallsyms has them, and modules lie behind them:
// then there is hardly anything to do.
func (s *Symbols) sort() {
	s.restByAddr = indices(len(s.rest))
	slices.SortStableFunc(s.restByAddr, func(a, b int32) int { return cmp.Compare(s.rest[a].Addr, s.rest[b].Addr) })
	own := s.own.count()
	if !slices.IsSorted(s.own.addrs) || own > 0 && len(s.rest) > 0 && s.addrOf(own) < s.own.addrs[own-1] {
		s.byAddr = indices(s.count())
		slices.SortStableFunc(s.byAddr, func(a, b int32) int { return cmp.Compare(s.at(int(a)).Addr, s.at(int(b)).Addr) })
	}
	s.modulesFrom = s.count()
	for s.modulesFrom > 0 && s.ordered(s.modulesFrom-1).Module != "" {
		s.modulesFrom--
	}
}

// indices returns the numbers from 0 to below n.
func indices(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// note keeps the symbols that mark something.
func (s *Symbols) note(symbol Symbol) {
	switch symbol.Name {
	case "_end":
		s.end = symbol.Addr
	case "__init_begin":
		s.init[0] = symbol.Addr
	case "__init_end":
		s.init[1] = symbol.Addr
	}
}

// nameAt returns where in a line its name begins.
func nameAt(line string) int { return strings.IndexByte(line, ' ') + 3 }

// parseSymbol parses a line such as "ffffffffc03d1000 t pair_encode\t[pair_target]".
func parseSymbol(line string) (Symbol, bool) {
	at := nameAt(line)
	addr, ok := parseHex(line[:max(at-3, 0)])
	line = strings.TrimSuffix(line, "\n")
	if !ok || at >= len(line) || line[at-1] != ' ' {
		return Symbol{}, false
	}
	name, module := line[at:], ""
	if tab := strings.IndexByte(name, '\t'); tab >= 0 {
		name, module = name[:tab], strings.Trim(name[tab+1:], "[]")
	}
	return Symbol{Addr: addr, Name: name, Module: module, Text: strings.IndexByte("tTwW", line[at-2]) >= 0}, true
}

// parseHex reads an address of 1 to 16 digits.
func parseHex(digits string) (addr uint64, ok bool) {
	for i := range len(digits) {
		c := digits[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		addr = addr<<4 | uint64(c)
	}
	return addr, len(digits) > 0 && len(digits) <= 16
}
