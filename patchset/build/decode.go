// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/arch/x86/x86asm"
)

// endbr64 is the instruction that marks where indirect branches may land. The decoder does not know it.
var endbr64 = []byte{0xf3, 0x0f, 0x1e, 0xfa}

// pcRelative is where an instruction has an address relative to the program counter, and how far from there the next
// instruction begins, from which the CPU counts: 4, or more with an immediate operand behind the address.
type pcRelative struct {
	field, size, next uint64
	branch            bool // a call or jump goes there
}

// pcRelatives returns the addresses relative to the program counter in a function's code. Behind an instruction that
// the decoder does not know it goes on a byte later, so some may be missing; none is wrong, as long as the caller
// takes only those where a relocation is.
func pcRelatives(code []byte) []pcRelative {
	var found []pcRelative
	for at := 0; at < len(code); {
		if bytes.HasPrefix(code[at:], endbr64) {
			at += len(endbr64)
			continue
		}
		inst, err := x86asm.Decode(code[at:], 64)
		if err != nil || inst.Len == 0 {
			at++
			continue
		}
		if inst.PCRel != 0 {
			found = append(found, pcRelative{field: uint64(at + inst.PCRelOff), size: uint64(inst.PCRel),
				next: uint64(inst.Len - inst.PCRelOff), branch: branches(inst)})
		}
		at += inst.Len
	}
	return found
}

// branches reports whether an instruction goes to the address in it, and does not read or hand on what is there. Those
// whose relative address is no place in memory do.
func branches(inst x86asm.Inst) bool {
	_, relative := inst.Args[0].(x86asm.Rel)
	return relative
}

// target returns where the address leads, from the code's start; ok is false for a size that is not known.
func (pc pcRelative) target(code []byte) (target int64, ok bool) {
	switch field := code[pc.field:]; pc.size {
	case 1:
		target = int64(int8(field[0]))
	case 4:
		target = int64(int32(binary.LittleEndian.Uint32(field)))
	default:
		return 0, false
	}
	return target + int64(pc.field+pc.next), true
}
