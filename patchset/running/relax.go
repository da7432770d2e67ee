// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"

	"golang.org/x/arch/x86/x86asm"
)

// jump is a jump within a function: where it goes in the source and in the running code.
type jump struct{ at, run uint64 }

// Opcodes of relative jumps: with a distance of 8 bits and, two bytes or one, with one of 32 bits.
const (
	shortCond = 0x70 // to 0x7f
	nearCond  = 0x80 // to 0x8f, after 0x0f
	twoBytes  = 0x0f
)

// relaxed compares instruction by instruction, where some jumps of the running code may be shorter: those to functions
// of the same object that stand close by in the kernel, and so those across such a jump. The room before an aligned
// instruction may be another one. It returns false if the code differs in anything else, or has an instruction that
// cannot be decoded.
func (c *comparison) relaxed() bool {
	var jumps []jump
	// Half as long again is far more than any function has of that room.
	c.running = c.code.Bytes(c.addr, c.function.Size+c.function.Size/2+largestUnit)
	starts := map[uint64]uint64{}
	run := uint64(0)
	for at := uint64(0); at < c.function.Size; {
		if run >= uint64(len(c.running)) {
			return false
		}
		starts[at] = run
		if length, other := c.padding(at, run); length != other {
			at, run = at+length, run+other
			continue
		}
		length, shorter, ok := c.instruction(at, run, &jumps)
		if !ok {
			return false
		}
		at, run = at+length, run+shorter
	}
	for _, j := range jumps {
		if to, ok := starts[j.at]; !ok || to != j.run {
			return false
		}
	}
	return true
}

// instruction compares one instruction, and returns its length in the source and in the running code.
func (c *comparison) instruction(at, run uint64, jumps *[]jump) (length, shorter uint64, ok bool) {
	if length := c.branch(at, run); length > 0 {
		return length, length, true
	}
	source, have := c.source[at:], c.running[run:]
	if opcode, width, ok := nearJump(source); ok {
		if _, ok := c.fieldAt(at + width); ok && len(have) >= 2 && have[0] == opcode {
			return width + 4, 2, c.shortened(at+width, run)
		} else if ok {
			return width + 4, width + 4, c.span(at, run, at+width+4) == nil
		}
	}
	if s, ok := c.inner(source, at); ok {
		h, ok := c.inner(have, run)
		if !ok || h.opcode != s.opcode {
			return 0, 0, false
		}
		*jumps = append(*jumps, jump{s.to, h.to})
		return s.length, h.length, true
	}
	if length = instructionLength(source); length == 0 {
		return 0, 0, false
	}
	return length, length, c.span(at, run, at+length) == nil
}

// landing is the instruction endbr64, which begins functions that are called by pointer. The decoder does not know it.
var landing = []byte{0xf3, 0x0f, 0x1e, 0xfa}

// instructionLength returns the length of the first instruction, 0 if it is not known.
func instructionLength(code []byte) uint64 {
	if bytes.HasPrefix(code, landing) {
		return uint64(len(landing))
	}
	inst, err := x86asm.Decode(code, 64)
	if err != nil {
		return 0
	}
	return uint64(inst.Len)
}

// nearJump returns how long the opcode of a jump with 32 bits is, and the opcode of the same one with 8.
func nearJump(code []byte) (short byte, width uint64, ok bool) {
	switch {
	case len(code) >= 5 && code[0] == jumpNear:
		return jumpShort, 1, true
	case len(code) >= 6 && code[0] == twoBytes && code[1]&0xf0 == nearCond:
		return shortCond | code[1]&0x0f, 2, true
	}
	return 0, 0, false
}

// shortened takes from a jump with 8 bits in the running code where the symbol of the source's 32 bits must be.
func (c *comparison) shortened(at, run uint64) bool {
	field, _ := c.fieldAt(at)
	if !field.relative || field.width != 4 {
		return false
	}
	target := c.addr + run + 2 + uint64(int64(int8(c.running[run+1])))
	return c.refers(field, at, target-fieldEnd-field.addend) == nil
}

// innerJump is a jump whose distance the assembler has filled in.
type innerJump struct {
	opcode byte // of the short form
	to     uint64
	length uint64
}

// inner decodes a relative jump at an offset.
func (c *comparison) inner(code []byte, at uint64) (innerJump, bool) {
	if opcode, width, ok := nearJump(code); ok {
		distance := int32(uint32(code[width]) | uint32(code[width+1])<<8 | uint32(code[width+2])<<16 |
			uint32(code[width+3])<<24)
		length := width + 4
		return innerJump{opcode, at + length + uint64(int64(distance)), length}, true
	}
	if len(code) >= 2 && (code[0] == jumpShort || code[0]&0xf0 == shortCond) {
		return innerJump{code[0], at + 2 + uint64(int64(int8(code[1]))), 2}, true
	}
	return innerJump{}, false
}
