// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"iter"
	"sort"
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
	own    table    // the kernel's own, which come first in /proc/kallsyms
	rest   []Symbol // those behind them, in its order
	hidden bool

	byAddr     []int32 // indices of all in the order of addresses; nil: the kernel's own as they are, then restByAddr
	restByAddr []int32 // indices into rest

	modulesFrom int       // where in the order of addresses begin those after which there are only symbols of modules
	init        [2]uint64 // begin and end of the memory that was freed when the boot had ended
	end         uint64    // of the kernel itself; 0: not known

	known  sync.Map     // []Symbol by name, of the names that were asked for before there is an index
	asked  atomic.Int32 // how many names
	once   sync.Once
	byName nameIndex
}

// count returns how many symbols there are.
func (s *Symbols) count() int { return s.own.count() + len(s.rest) }

// at returns the i-th symbol in the order of /proc/kallsyms.
func (s *Symbols) at(i int) Symbol {
	if own := s.own.count(); i >= own {
		return s.rest[i-own]
	}
	return s.own.at(i)
}

// ordered returns the i-th symbol in the order of addresses.
func (s *Symbols) ordered(i int) Symbol {
	own := s.own.count()
	switch {
	case s.byAddr != nil:
		return s.at(int(s.byAddr[i]))
	case i < own:
		return s.own.at(i)
	}
	return s.rest[s.restByAddr[i-own]]
}

// addrOf returns the address of the i-th symbol in the order of addresses.
func (s *Symbols) addrOf(i int) uint64 {
	if s.byAddr == nil && i < s.own.count() {
		return s.own.addrs[i]
	}
	return s.ordered(i).Addr
}

// ErrHidden says that the kernel shows names without addresses, so that no frame on a stack can be told from another.
var ErrHidden = errors.New("the kernel hides addresses, so nobody can tell who is inside a function")

// ShowAddresses says what to do about ErrHidden.
const ShowAddresses = "show them to root, and run it as root: sysctl kernel.kptr_restrict=1"

// Hidden reports that the kernel shows this reader names only: addresses need root, or kptr_restrict below 2.
func (s *Symbols) Hidden() bool { return s.hidden }

// Text lists the functions, in the order of /proc/kallsyms.
func (s *Symbols) Text() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		for i := range s.count() {
			if symbol := s.at(i); symbol.Text && !yield(symbol) {
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

// bisect returns the first index in the order of addresses whose symbol is at addr or behind it.
func (s *Symbols) bisect(addr uint64) int {
	return sort.Search(s.count(), func(i int) bool { return s.addrOf(i) >= addr })
}

// find returns the function that an address lies in.
func (s *Symbols) find(addr uint64) (Symbol, bool) {
	next := sort.Search(s.count(), func(i int) bool { return s.addrOf(i) > addr })
	if next == 0 || s.hidden {
		return Symbol{}, false
	}
	start := s.addrOf(next - 1)
	// Of several names for one address the kernel itself uses the first.
	for i := s.bisect(start); i < next; i++ {
		if symbol := s.ordered(i); symbol.Text && addr-start < maxFunctionSize {
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
