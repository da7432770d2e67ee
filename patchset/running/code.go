// SPDX-License-Identifier: GPL-2.0-only

// Package running reads the code of the kernel that is to be patched, from the files it was started from: the vmlinuz
// and the modules. It proves that an object compiled from source is that code, as Ksplice's run-pre matching does, and
// finds out on the way where each symbol is that the code refers to.
//
// What it reads is the code as the linker left it. At boot the kernel rewrites some of it (alternatives, static calls
// and branches, ftrace), which changes nothing of what is proved here. That the files are those of the running kernel
// is for the caller to check, by Code.BuildID.
package running

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// VMLinux is the Object of the kernel itself, as livepatch names it.
const VMLinux = "vmlinux"

// Code is the code and data of one object, the kernel itself or a module. It may be used from any goroutine.
//
// The addresses of the kernel itself are those of its link; when it runs, all are moved by the same distance (KASLR). A
// module is given addresses here that have nothing to do with those that the kernel will choose for it.
type Code struct {
	Object  string // VMLinux, or the module's name
	BuildID string // in hexadecimal, as in /sys/kernel/notes and /sys/module/NAME/notes; "" without one

	sections []Section // by address; none overlaps another
	symbols  []Symbol  // in the order in which the kernel walks them
	byName   map[string][]int32
	byAddr   []int32 // indices into symbols, by address

	once      sync.Once
	tables    bool   // what follows is known
	rewritten []span // what the kernel may write other instructions into, by address
}

// Section is a part of an object that is loaded.
type Section struct {
	Name string
	Addr uint64
	Size uint64 // in bytes
	Data []byte // Size bytes; nil if it begins as zeros and is not in the file
	Text bool   // code
}

// Symbol is one name of an object.
type Symbol struct {
	Name  string
	Addr  uint64
	Type  byte // as nm(1) and /proc/kallsyms print it: 't' and 'T' for code
	Init  bool // of a module's part that is freed once it is loaded, so that the kernel forgets the symbol
	Other bool // defined by the kernel or by another module: Addr only tells it from others
}

// Text reports whether it is code.
func (s Symbol) Text() bool { return strings.IndexByte("tTwW", s.Type) >= 0 && !s.Other }

// Global reports whether other files than its own can refer to it by its name.
func (s Symbol) Global() bool { return s.Type < 'a' || s.Type == 'u' || s.Type == 'v' || s.Type == 'w' }

// index sorts what must be sorted, once all symbols and sections are there.
func (c *Code) index() {
	slices.SortFunc(c.sections, func(a, b Section) int { return cmp.Compare(a.Addr, b.Addr) })
	c.byName = make(map[string][]int32, len(c.symbols))
	c.byAddr = make([]int32, len(c.symbols))
	for i, s := range c.symbols {
		c.byName[s.Name] = append(c.byName[s.Name], int32(i))
		c.byAddr[i] = int32(i)
	}
	slices.SortStableFunc(c.byAddr, func(a, b int32) int { return cmp.Compare(c.symbols[a].Addr, c.symbols[b].Addr) })
}

// Sections returns all sections, by address. Nobody may change them.
func (c *Code) Sections() []Section { return c.sections }

// Symbols returns all symbols in the order in which the kernel walks them. Nobody may change them.
func (c *Code) Symbols() []Symbol { return c.symbols }

// Named returns the symbols of a name, in the order in which the kernel walks them.
func (c *Code) Named(name string) []Symbol {
	found := make([]Symbol, 0, len(c.byName[name]))
	for _, i := range c.byName[name] {
		found = append(found, c.symbols[i])
	}
	return found
}

// At returns the symbols of an address, in the order in which the kernel walks them.
func (c *Code) At(addr uint64) []Symbol {
	first := sort.Search(len(c.byAddr), func(i int) bool { return c.symbols[c.byAddr[i]].Addr >= addr })
	var found []Symbol
	for _, i := range c.byAddr[first:] {
		if c.symbols[i].Addr != addr {
			break
		}
		found = append(found, c.symbols[i])
	}
	return found
}

// section returns the section that an address lies in, nil if it lies in none.
func (c *Code) section(addr uint64) *Section {
	next := sort.Search(len(c.sections), func(i int) bool { return c.sections[i].Addr > addr })
	if next == 0 || addr-c.sections[next-1].Addr >= c.sections[next-1].Size {
		return nil
	}
	return &c.sections[next-1]
}

// SectionOf returns the name of the section that an address lies in, "" if it lies in none.
func (c *Code) SectionOf(addr uint64) string {
	s := c.section(addr)
	if s == nil {
		return ""
	}
	return s.Name
}

// Bytes returns up to n bytes from an address on, as many as are in the file and in the same section.
func (c *Code) Bytes(addr, n uint64) []byte {
	s := c.section(addr)
	if s == nil || s.Data == nil {
		return nil
	}
	data := s.Data[addr-s.Addr:]
	return data[:min(n, uint64(len(data)))]
}

// text returns the string at an address, without the zero that ends it; false if there is none.
func (c *Code) text(addr uint64) (string, bool) {
	data := c.Bytes(addr, 1<<16)
	end := bytes.IndexByte(data, 0)
	if end < 0 {
		return "", false
	}
	return string(data[:end]), true
}

// Lasting returns the symbols of a name that are the object's own and that the kernel keeps, as its loader walks them
// when it looks for one by its position.
func (c *Code) Lasting(name string) []Symbol {
	return slices.DeleteFunc(c.Named(name), func(s Symbol) bool { return s.Init || s.Other })
}

// Position returns the position by which livepatch finds the symbol of a name and an address: 0 if the object has only
// one of that name, else its rank, from 1 on, in the order in which the kernel's loader walks the object's symbols. For
// the kernel itself that is the order of addresses; for a module it is the order of the module's symbol table.
func (c *Code) Position(name string, addr uint64) (int, error) {
	here := c.Lasting(name)
	i := slices.IndexFunc(here, func(s Symbol) bool { return s.Addr == addr })
	switch {
	case i < 0:
		return 0, fmt.Errorf("%s has no symbol %s at %#x that lasts: it has %d of that name elsewhere", c.Object, name, addr,
			len(here))
	case len(here) == 1:
		return 0, nil
	}
	return i + 1, nil
}

// ErrNoSymbol is in the error of Meant for a name that the object does not have for others.
var ErrNoSymbol = errors.New("has no symbol that other files can refer to")

// Meant returns the addresses of what a name can mean in a file of the object. implied are those that the file's proved
// code has for it; if there are any it means these. If none, the file did not use the name before: then it means the
// only one that is global, since what is static in some other file cannot be meant.
func (c *Code) Meant(name string, implied []uint64) ([]uint64, error) {
	if len(implied) > 0 {
		return implied, nil
	}
	global := slices.DeleteFunc(c.Lasting(name), func(s Symbol) bool { return !s.Global() || c.Freed(s.Addr) })
	switch len(global) {
	case 0:
		return nil, fmt.Errorf("%s %w under the name %s", c.Object, ErrNoSymbol, name)
	case 1:
		return []uint64{global[0].Addr}, nil
	}
	return nil, fmt.Errorf("%s has %d global symbols %s, and no proved code refers to one", c.Object, len(global), name)
}
