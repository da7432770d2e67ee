// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"debug/elf"
)

// noops are the instructions without effect that the assembler fills room with, by their lengths less one. None is
// another one's beginning.
var noops = [][]byte{
	{0x90},
	{0x66, 0x90},
	{0x0f, 0x1f, 0x00},
	{0x0f, 0x1f, 0x40, 0},
	{0x0f, 0x1f, 0x44, 0, 0},
	{0x66, 0x0f, 0x1f, 0x44, 0, 0},
	{0x0f, 0x1f, 0x80, 0, 0, 0, 0},
	{0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
	{0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
	{0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
	{0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
}

// smallestUnit and largestUnit bound what gcc aligns the beginning of a short loop to: a cache line or a part of one.
const (
	smallestUnit = 16
	largestUnit  = 64
)

// padding returns how many bytes of no-ops stand before an aligned instruction, in the source and in the running code,
// if they are not as many in both; 0 and 0 otherwise. A function begins at another place of its cache line where it has
// a section of its own, and so the room before a loop is another one.
func (c *comparison) padding(at, run uint64) (length, other uint64) {
	section := c.function.section
	for unit := uint64(smallestUnit); unit <= min(largestUnit, c.object.file.Sections[section].Addralign); unit *= 2 {
		begin := c.function.offset + at
		length, other = -begin%unit, -(c.addr+run)%unit
		if length != other && filled(c.source[at:], length) && filled(c.running[run:], other) &&
			!c.object.hasEntry(section, begin, begin+length) {
			return length, other
		}
	}
	return 0, 0
}

// filled reports whether code begins with exactly n bytes of no-ops.
func filled(code []byte, n uint64) bool {
	if n > uint64(len(code)) {
		return false
	}
next:
	for code = code[:n]; len(code) > 0; {
		for _, noop := range noops {
			if bytes.HasPrefix(code, noop) {
				code = code[len(noop):]
				continue next
			}
		}
		return false
	}
	return true
}

// hasEntry reports whether a table of the object refers to a place from one offset of a section up to another: to a
// no-op which the kernel makes something else of.
func (o *Object) hasEntry(section elf.SectionIndex, from, to uint64) bool {
	for i, fields := range o.fields {
		if o.file.Sections[i].Flags&elf.SHF_EXECINSTR != 0 {
			continue
		}
		for _, r := range fields {
			symbol := o.symbols[r.symbol]
			if place := symbol.Value + r.addend; symbol.Section == section && place >= from && place < to {
				return true
			}
		}
	}
	return false
}
