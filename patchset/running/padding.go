// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"debug/elf"
)

// noops are the instructions without effect that the assembler fills room with, by their lengths less one.
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
//
// Such room is what the assembler fills it with, to the byte, and nothing that the kernel makes anything else of. That
// a loop begins behind it is for the caller to check. The largest unit comes first: a smaller one may end within the
// room.
func (c *comparison) padding(at, run uint64) (length, other uint64) {
	section := c.function.section
	for unit := min(largestUnit, c.object.file.Sections[section].Addralign); unit >= smallestUnit; unit /= 2 {
		begin := c.function.offset + at
		length, other = -begin%unit, -(c.addr+run)%unit
		if length != other && filled(c.source[at:], length) && filled(c.running[run:], other) &&
			!c.object.rewrites(section, begin, begin+length) && !c.code.rewrites(c.addr+run, c.addr+run+other) {
			return length, other
		}
	}
	return 0, 0
}

// filled reports whether code begins with n bytes of no-ops as the assembler writes them: of the longest ones, and one
// for the rest.
func filled(code []byte, n uint64) bool {
	if n > uint64(len(code)) {
		return false
	}
	for code = code[:n]; len(code) > 0; {
		noop := noops[min(len(code), len(noops))-1]
		if !bytes.HasPrefix(code, noop) {
			return false
		}
		code = code[len(noop):]
	}
	return true
}

// rewrites reports whether the linker, or the kernel by one of its tables, makes anything else of what stands from one
// offset of a section up to another.
func (o *Object) rewrites(section elf.SectionIndex, from, to uint64) bool {
	if field, ok := o.field(section, from); ok && field.offset < to {
		return true
	}
	for i, fields := range o.fields {
		if o.file.Sections[i].Flags&elf.SHF_EXECINSTR != 0 {
			continue
		}
		for j, r := range fields {
			symbol := o.symbols[r.symbol]
			if symbol.Section != section {
				continue
			}
			place := symbol.Value + r.addend
			if place < to && place+max(o.replaces(elf.SectionIndex(i), j), 1) > from {
				return true
			}
		}
	}
	return false
}
