// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"sort"
)

// Tables by which the kernel writes other instructions into its code: where a static branch stands, and where an
// alternative, which has other ones for CPUs of some kind. What both begin with is the distance from the entry to the
// instruction. An alternative's next field is the distance to its replacement, and its last two bytes are the lengths.
const (
	branchTable      = "__jump_table"
	alternativeTable = ".altinstructions"
	longestBranch    = 5 // bytes of a static branch
	twoDistances     = 8 // bytes of an alternative's distances
	lengths          = 2 // bytes of its lengths
)

// alternativeSizes are how many bytes an alternative has: up to Linux 6.2, and since.
var alternativeSizes = []int{12, 14}

// span is a piece of code.
type span struct{ from, to uint64 }

// replaces returns how many bytes an alternative of the object may replace, by the number of the relocation that says
// where it stands; 0 for one of another table. Of a table that is not understood it is all that one byte can say.
func (o *Object) replaces(table elf.SectionIndex, number int) uint64 {
	if o.file.Sections[table].Name != alternativeTable {
		return 0
	}
	data, count := o.content[table], uint64(len(o.fields[table])/2)
	size := uint64(len(data)) / max(count, 1)
	at := o.fields[table][number].offset
	if size < twoDistances+lengths || uint64(len(data)) != size*count || number%2 != 0 || at != size*uint64(number/2) {
		return 0xff
	}
	return uint64(data[at+size-lengths])
}

// rewrites reports whether the kernel may make anything else of what stands from an address up to another.
func (c *Code) rewrites(from, to uint64) bool {
	c.once.Do(c.findRewritten)
	if !c.tables {
		return true
	}
	// None is longer than a byte can say, so one that reaches here begins no further before.
	first := sort.Search(len(c.rewritten), func(i int) bool { return c.rewritten[i].from+0xff >= from })
	for _, s := range c.rewritten[first:] {
		if s.from >= to {
			break
		}
		if s.to > from {
			return true
		}
	}
	return false
}

// findRewritten reads the two tables. c.tables stays false where one cannot be read, or the kernel itself has none.
func (c *Code) findRewritten() {
	branches, alternatives := c.Object != VMLinux, c.Object != VMLinux
	for i := range c.sections {
		s := &c.sections[i]
		switch s.Name {
		case branchTable:
			c.addBranches(s.Addr, s.Data)
			branches = true
		case alternativeTable:
			alternatives = c.addAlternatives(s)
		}
	}
	// The kernel's own of branches is in the middle of a section, between two symbols.
	if start, stop := c.Named("__start_"+branchTable), c.Named("__stop_"+branchTable); len(start) == 1 && len(stop) == 1 {
		c.addBranches(start[0].Addr, c.Bytes(start[0].Addr, stop[0].Addr-start[0].Addr))
		branches = true
	}
	slices.SortFunc(c.rewritten, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	c.tables = branches && alternatives
}

func (c *Code) addBranches(addr uint64, table []byte) {
	for at := 0; at+branchSize <= len(table); at += branchSize {
		place := target(addr, table, at)
		c.rewritten = append(c.rewritten, span{place, place + longestBranch})
	}
}

// addAlternatives finds out how long an entry is by where all replacements are: in code. A few instructions are not.
func (c *Code) addAlternatives(s *Section) bool {
next:
	for _, size := range alternativeSizes {
		if len(s.Data)%size != 0 {
			continue
		}
		var found []span
		for at := 0; at < len(s.Data); at += size {
			if !c.hasCode(target(s.Addr, s.Data, at+twoDistances/2), uint64(s.Data[at+size-1])) {
				continue next
			}
			place := target(s.Addr, s.Data, at)
			found = append(found, span{place, place + uint64(s.Data[at+size-lengths])})
		}
		c.rewritten = append(c.rewritten, found...)
		return true
	}
	return false
}

// hasCode reports whether some bytes of code stand at an address. None may stand at a section's end.
func (c *Code) hasCode(addr, length uint64) bool {
	s := c.section(addr)
	if s == nil && length == 0 {
		s = c.section(addr - 1)
	}
	return s != nil && s.Text && addr+length <= s.Addr+s.Size
}

// target returns where the distance leads that stands at an offset of a table.
func target(table uint64, data []byte, at int) uint64 {
	return table + uint64(at) + uint64(int64(int32(binary.LittleEndian.Uint32(data[at:]))))
}
