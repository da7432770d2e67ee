// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	all    []Symbol // in the order of /proc/kallsyms
	byAddr []int32  // indices into all
	hidden bool
	owned  int // how many are the kernel's own, which come first

	modulesFrom int       // the index into byAddr from which on there are only symbols of modules
	init        [2]uint64 // begin and end of the memory that was freed when the boot had ended
	end         uint64    // of the kernel itself; 0: not known

	asked  atomic.Int32 // how many names
	once   sync.Once
	byName nameIndex
}

// ErrHidden says that the kernel shows names without addresses, so that no frame on a stack can be told from another.
var ErrHidden = errors.New("the kernel hides addresses, so nobody can tell who is inside a function")

var errNoSymbols = errors.New("reading the kernel's symbols: /proc/kallsyms is empty; the kernel needs " +
	"CONFIG_KALLSYMS_ALL")

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
	data, err := fs.ReadFile(root, "proc/kallsyms")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's symbols: %w", err)
	}
	// Every name is a part of this one string: a quarter of a million small strings would cost more.
	text := string(data)
	s := &Symbols{all: make([]Symbol, 0, bytes.Count(data, []byte{'\n'})), hidden: true}
	if rest, ok := before.skip(text); ok {
		s.hidden, s.init, s.end = before.hidden, before.init, before.end
		s.all = append(s.all, before.all[:before.owned]...)
		s.owned, text = before.owned, strings.Clone(rest)
	}
	if err := s.parse(text); err != nil {
		return nil, err
	}
	if len(s.all) == 0 {
		return nil, errNoSymbols
	}
	s.sort(before)
	return s, nil
}

// skip returns what stands behind the kernel's own lines; false if those are not the ones that s has.
func (s *Symbols) skip(text string) (rest string, ok bool) {
	if s == nil || s.owned == 0 {
		return "", false
	}
	rest = text
	for i := range s.owned {
		line, behind, found := strings.Cut(rest, "\n")
		if i == 0 || i == s.owned-1 {
			if symbol, _ := parseSymbol(line); symbol != s.all[i] {
				return "", false
			}
		}
		if rest = behind; !found {
			return "", false
		}
	}
	next, _, _ := strings.Cut(rest, "\n")
	return rest, next == "" || strings.HasSuffix(next, "]")
}

// parse appends the symbols of lines.
func (s *Symbols) parse(text string) error {
	known := s.owned > 0
	for line := range strings.Lines(text) {
		symbol, ok := parseSymbol(line)
		if !ok {
			return fmt.Errorf("reading the kernel's symbols: not a line of /proc/kallsyms: %.80q", line)
		}
		s.hidden = s.hidden && symbol.Addr == 0
		if !known && symbol.Module == "" && len(s.all) == s.owned {
			s.owned++
			s.note(symbol)
		}
		s.all = append(s.all, symbol)
	}
	return nil
}

// sort orders by address, as far as before has not done it.
func (s *Symbols) sort(before *Symbols) {
	byAddr := func(a, b int32) int { return cmp.Compare(s.all[a].Addr, s.all[b].Addr) }
	s.byAddr = make([]int32, len(s.all))
	done := 0
	if before != nil && before.owned == s.owned && before.modulesFrom == s.owned {
		done = copy(s.byAddr, before.byAddr[:s.owned])
	}
	for i := done; i < len(s.byAddr); i++ {
		s.byAddr[i] = int32(i)
	}
	slices.SortStableFunc(s.byAddr[done:], byAddr)
	if done > 0 && done < len(s.byAddr) && byAddr(s.byAddr[done-1], s.byAddr[done]) > 0 {
		slices.SortStableFunc(s.byAddr, byAddr)
	}
	for i, at := range slices.Backward(s.byAddr) {
		if s.all[at].Module == "" {
			s.modulesFrom = i + 1
			break
		}
	}
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

// Text lists the functions, in the order of /proc/kallsyms.
func (s *Symbols) Text() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		for i := range s.all {
			if s.all[i].Text && !yield(s.all[i]) {
				return
			}
		}
	}
}

// isInit reports whether a symbol of the kernel itself is in the memory that was freed when the boot had ended.
func (s *Symbols) isInit(f Symbol) bool {
	return f.Module == "" && f.Addr >= s.init[0] && f.Addr < s.init[1]
}

// covers reports whether an address is in the kernel itself.
func (s *Symbols) covers(addr uint64) bool { return addr < s.end }

// bisect returns the first index into byAddr whose symbol is at addr or behind it.
func (s *Symbols) bisect(addr uint64) (int, bool) {
	return slices.BinarySearchFunc(s.byAddr, addr, func(i int32, a uint64) int { return cmp.Compare(s.all[i].Addr, a) })
}

// find returns the function that an address lies in.
func (s *Symbols) find(addr uint64) (Symbol, bool) {
	next, _ := slices.BinarySearchFunc(s.byAddr, addr, func(i int32, a uint64) int {
		if s.all[i].Addr <= a {
			return -1
		}
		return 1
	})
	if next == 0 || s.hidden {
		return Symbol{}, false
	}
	start := s.all[s.byAddr[next-1]].Addr
	// Of several names for one address the kernel itself uses the first.
	first := next - 1
	for first > 0 && s.all[s.byAddr[first-1]].Addr == start {
		first--
	}
	for _, i := range s.byAddr[first:next] {
		if s.all[i].Text && addr-start < maxFunctionSize {
			return s.all[i], true
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
