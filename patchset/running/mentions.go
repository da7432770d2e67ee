// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// kernelBase is below every address of a kernel's code and data, and above every number that could be one by chance.
// What each CPU has one of lies elsewhere.
const kernelBase = 0xffffffff80000000

// Mentions returns the addresses that the code of a function leads to, sorted: what it calls or jumps to, data, and
// what it hands on. What its instructions compute is not among them. A part that the compiler put elsewhere (NAME.cold)
// belongs to the function that leads to it.
func (c *Code) Mentions(function Symbol) []uint64 {
	found := c.mentioned(function.Addr)
	for _, cold := range c.Named(function.Name + ".cold") {
		if slices.ContainsFunc(found, func(to uint64) bool { return to >= cold.Addr && to < c.End(cold.Addr) }) {
			found = append(found, c.mentioned(cold.Addr)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// mentioned decodes what lies between an address and the next symbol. Behind an instruction that the decoder does
// not know it goes on a byte later.
func (c *Code) mentioned(addr uint64) []uint64 {
	var found []uint64
	code := c.Bytes(addr, c.End(addr)-addr)
	for at := 0; at < len(code); {
		if bytes.HasPrefix(code[at:], landing) {
			at += len(landing)
			continue
		}
		inst, err := x86asm.Decode(code[at:], 64)
		if err != nil || inst.Len == 0 {
			at++
			continue
		}
		at += inst.Len
		for _, arg := range inst.Args {
			if to, ok := operand(arg, addr+uint64(at)); ok && to >= kernelBase {
				found = append(found, to)
			}
		}
	}
	return found
}

// operand returns the address that an operand has in it. next is where the next instruction begins.
func operand(arg x86asm.Arg, next uint64) (uint64, bool) {
	switch arg := arg.(type) {
	case x86asm.Rel:
		return next + uint64(int64(arg)), true
	case x86asm.Imm:
		return uint64(arg), true
	case x86asm.Mem:
		if arg.Base == x86asm.RIP {
			return next + uint64(arg.Disp), true
		}
		return uint64(arg.Disp), true
	}
	return 0, false
}

// End returns where what begins at an address ends at the latest: where the next symbol is, or the section's end. It
// returns the address itself if no section has it.
func (c *Code) End(addr uint64) uint64 {
	s := c.section(addr)
	if s == nil {
		return addr
	}
	end := s.Addr + s.Size
	if i := sort.Search(len(c.byAddr), func(i int) bool { return c.symbols[c.byAddr[i]].Addr > addr }); i < len(c.byAddr) {
		end = min(end, c.symbols[c.byAddr[i]].Addr)
	}
	return end
}

// Covers reports whether one of some addresses, sorted, leads to a symbol: to its beginning, or into it if it is a
// variable.
func (c *Code) Covers(s Symbol, addresses []uint64) bool {
	i, exact := slices.BinarySearch(addresses, s.Addr)
	return exact || i < len(addresses) && addresses[i] < c.End(s.Addr) && c.variables(addresses[i])
}

// variables reports whether an address is in a section of variables. All of those have names. Among constants there are
// strings and numbers without one, so that the nearest name before an address means nothing.
func (c *Code) variables(addr uint64) bool {
	section := c.SectionOf(addr)
	return strings.HasPrefix(section, ".data") || strings.HasPrefix(section, ".bss")
}

// Holding returns the symbols of what an address leads to: those at it, or those of the variable that it is in.
func (c *Code) Holding(addr uint64) []Symbol {
	if here := c.At(addr); len(here) > 0 {
		return here
	}
	next := sort.Search(len(c.byAddr), func(i int) bool { return c.symbols[c.byAddr[i]].Addr > addr })
	if next == 0 || !c.variables(addr) {
		return nil
	}
	before := c.symbols[c.byAddr[next-1]].Addr
	if addr >= c.End(before) {
		return nil
	}
	return c.At(before)
}

// Freed reports whether an address is in the part of the kernel that is freed after the boot. Of a module, Symbol.Init
// says so.
func (c *Code) Freed(addr uint64) bool { return c.between(addr, "__init_begin", "__init_end") }

// Entry reports whether an address is in the kernel's entry code, where nothing may be called from outside.
func (c *Code) Entry(addr uint64) bool {
	return c.between(addr, "__entry_text_start", "__entry_text_end")
}

func (c *Code) between(addr uint64, first, last string) bool {
	begin, end := c.Named(first), c.Named(last)
	return c.Object == VMLinux && len(begin) == 1 && len(end) == 1 && addr >= begin[0].Addr && addr < end[0].Addr
}

// Beside returns the nearest symbols before and after an address that are the only ones of their names, "" where there
// is none. The parts of one source file lie together, so they tell a person which one it is from.
func (c *Code) Beside(addr uint64) (before, after string) {
	at := sort.Search(len(c.byAddr), func(i int) bool { return c.symbols[c.byAddr[i]].Addr >= addr })
	only := func(i int) bool {
		s := c.symbols[c.byAddr[i]]
		return s.Addr != addr && !s.Other && len(c.byName[s.Name]) == 1 && !strings.Contains(s.Name, ".") &&
			!strings.HasPrefix(s.Name, "__pfx_") // what stands before a function
	}
	for i := at - 1; i >= 0 && before == ""; i-- {
		if only(i) {
			before = c.symbols[c.byAddr[i]].Name
		}
	}
	for i := at; i < len(c.byAddr) && after == ""; i++ {
		if only(i) {
			after = c.symbols[c.byAddr[i]].Name
		}
	}
	return before, after
}
