// SPDX-License-Identifier: GPL-2.0-only

package running

// Opcodes of relative jumps: with a distance of 8 bits and, two bytes or one, with one of 32 bits.
const (
	shortCond = 0x70 // to 0x7f
	nearCond  = 0x80 // to 0x8f, after 0x0f
	twoBytes  = 0x0f
)

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
