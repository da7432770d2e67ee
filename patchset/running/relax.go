// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// jump is a jump within a function, or an address in it that the code uses: where it stands in the source, and where it
// leads in the source and in the running code.
type jump struct{ from, to, run uint64 }

// landing is the instruction endbr64, which begins functions that are called by pointer. The decoder does not know it.
var landing = []byte{0xf3, 0x0f, 0x1e, 0xfa}

// relaxed compares instruction by instruction, where some jumps of the running code may be shorter: those to functions
// of the same object that stand close by in the kernel, and so those across such a jump. The room before an aligned
// loop may be another one. It returns false if the code differs in anything else, or has an instruction that cannot be
// decoded.
func (c *comparison) relaxed() bool {
	// Half as long again is far more than any function has of that room.
	c.running = c.code.Bytes(c.addr, c.function.Size+c.function.Size/2+largestUnit)
	w := walk{comparison: c, starts: map[uint64]uint64{}}
	run := uint64(0)
	for at := uint64(0); at < c.function.Size; {
		if run >= uint64(len(c.running)) {
			return false
		}
		if length, other := c.padding(at, run); length != other {
			at, run = at+length, run+other
			w.loops = append(w.loops, at)
			continue
		}
		w.starts[at] = run
		length, shorter, ok := w.instruction(at, run)
		if !ok {
			return false
		}
		w.interior(at, length)
		at, run = at+length, run+shorter
	}
	return w.agrees()
}

// walk is a comparison instruction by instruction.
type walk struct {
	*comparison
	starts map[uint64]uint64 // of each instruction in the source where it is in the running code; none is in such room
	jumps  []jump
	loops  []uint64 // where in the source an instruction stands behind other room
}

// agrees reports whether each jump leads to the same instruction in both, whether a loop begins wherever the room
// before it is another one, and whether what has a name within the function stands where nothing has moved: the names
// of the running code are looked for there.
func (w *walk) agrees() bool {
	for _, j := range w.jumps {
		if to, ok := w.starts[j.to]; !ok || to != j.run {
			return false
		}
	}
	for _, loop := range w.loops {
		if !slices.ContainsFunc(w.jumps, func(j jump) bool { return j.to == loop && j.from >= loop }) {
			return false
		}
	}
	for _, i := range w.object.named[w.function.section] {
		at := w.object.symbols[i].Value - w.function.offset
		if at >= w.function.Size {
			continue
		}
		if run, ok := w.starts[at]; !ok || run != at {
			return false
		}
	}
	return true
}

// interior notes what addresses within the function itself an instruction has. field() has taken them for distances
// from the function's beginning: so they must stand where nothing has moved.
func (w *walk) interior(at, length uint64) {
	function := w.function
	for next := at; next < at+length; next++ {
		field, ok := w.fieldAt(next)
		if !ok || w.object.symbols[field.symbol].Section != function.section {
			continue
		}
		to := w.object.symbols[field.symbol].Value + field.addend - function.offset
		if field.relative {
			to += at + length - next // the CPU counts from the instruction's end
		}
		if to < function.Size {
			w.jumps = append(w.jumps, jump{at, to, to})
		}
	}
}

// instruction compares one instruction, and returns its length in the source and in the running code.
func (w *walk) instruction(at, run uint64) (length, shorter uint64, ok bool) {
	if length := w.branch(at, run); length > 0 {
		return length, length, true
	}
	source, have := w.source[at:], w.running[run:]
	if opcode, width, ok := nearJump(source); ok {
		if _, ok := w.fieldAt(at + width); ok && len(have) >= 2 && have[0] == opcode {
			return width + 4, 2, w.shortened(at+width, run)
		} else if ok {
			return width + 4, width + 4, w.span(at, run, at+width+4) == nil
		}
	}
	if s, ok := w.inner(source, at); ok {
		h, ok := w.inner(have, run)
		if !ok || h.opcode != s.opcode {
			return 0, 0, false
		}
		w.jumps = append(w.jumps, jump{at, s.to, h.to})
		return s.length, h.length, true
	}
	if bytes.HasPrefix(source, landing) {
		length = uint64(len(landing))
		return length, length, w.span(at, run, at+length) == nil
	}
	inst, err := x86asm.Decode(source, 64)
	if err != nil {
		return 0, 0, false
	}
	length = uint64(inst.Len)
	if _, ok := w.fieldAt(at + uint64(inst.PCRelOff)); inst.PCRel != 0 && !ok {
		return length, length, w.relative(at, run, inst)
	}
	return length, length, w.span(at, run, at+length) == nil
}

// relative compares an instruction with a distance that the assembler has filled in, as to the function itself or into
// it.
func (w *walk) relative(at, run uint64, inst x86asm.Inst) bool {
	from, to, end := uint64(inst.PCRelOff), uint64(inst.PCRelOff+inst.PCRel), uint64(inst.Len)
	if run+end > uint64(len(w.running)) || w.span(at, run, at+from) != nil || w.span(at+to, run+to, at+end) != nil {
		return false
	}
	distance := func(field []byte) uint64 {
		var wide [8]byte
		copy(wide[8-len(field):], field)
		return uint64(int64(binary.LittleEndian.Uint64(wide[:])) >> (8 * (8 - len(field))))
	}
	w.jumps = append(w.jumps, jump{at, at + end + distance(w.source[at+from:at+to]),
		run + end + distance(w.running[run+from:run+to])})
	return true
}
