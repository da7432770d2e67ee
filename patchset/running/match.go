// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"debug/elf"
	"fmt"
)

// Match is a function of an object that equals the code at an address.
type Match struct {
	Function Function
	Addr     uint64
	Implied  []Implied // by name
}

// Implied is where a symbol must be, because the code that equals a function refers to it there.
type Implied struct {
	Name   string // in the object
	Addr   uint64
	Listed string // its name in the symbol table; "" if the table has no such name, so that nothing vouches for Addr
	Other  bool   // it belongs to the kernel or to another module than the one that was matched, which has its address
}

// comparison is one function being compared with the code at one address.
type comparison struct {
	object   *Object
	function Function
	code     *Code
	addr     uint64
	source   []byte
	running  []byte
	bases    map[elf.SectionIndex]uint64 // where the sections of the object must be
	others   map[int]uint64              // where the symbols must be that the object does not define for certain
}

// Match compares a function with the code at an address. The error is a *Difference.
func (o *Object) Match(f Function, code *Code, addr uint64) (*Match, error) {
	c := newComparison(o, f, code, addr)
	if s := code.section(addr); s == nil || !s.Text {
		return nil, c.differs(0, "the kernel has no code")
	}
	if err := c.span(0, 0, f.Size); err != nil {
		// The kernel's objects have no section for each function, and so a jump from one to the other may be shorter.
		c = newComparison(o, f, code, addr)
		if !c.relaxed() {
			return nil, err
		}
	}
	implied, err := c.implied()
	if err != nil {
		return nil, err
	}
	return &Match{Function: f, Addr: addr, Implied: implied}, nil
}

func newComparison(o *Object, f Function, code *Code, addr uint64) *comparison {
	return &comparison{object: o, function: f, code: code, addr: addr,
		source:  o.content[f.section][f.offset : f.offset+f.Size],
		running: code.Bytes(addr, f.Size),
		bases:   map[elf.SectionIndex]uint64{f.section: addr - f.offset},
		others:  map[int]uint64{},
	}
}

// span compares the source's bytes from one offset to another, and the fields among them, with the running code from an
// offset on.
func (c *comparison) span(at, run, end uint64) error {
	for at < end {
		length := c.branch(at, run)
		if field, ok := c.fieldAt(at); length == 0 && ok {
			if err := c.field(field, at, run); err != nil {
				return err
			}
			length = field.width
		}
		if length == 0 {
			if run >= uint64(len(c.running)) || c.source[at] != c.running[run] {
				return c.differs(at, "")
			}
			length = 1
		}
		at, run = at+length, run+length
	}
	return nil
}

// fieldAt returns the relocation of the field that begins at an offset of the function.
func (c *comparison) fieldAt(at uint64) (relocation, bool) {
	field, ok := c.object.field(c.function.section, c.function.offset+at)
	return field, ok && field.offset == c.function.offset+at
}

// The instructions of a static branch.
var (
	nops      = [][]byte{{0x66, 0x90}, {0x0f, 0x1f, 0x44, 0x00, 0x00}}
	jumpShort = byte(0xeb)
	jumpNear  = byte(0xe9)
)

// branch returns the length of a static branch at an offset whose jump objtool has turned into a no-op in the kernel
// only; 0 if there is none.
func (c *comparison) branch(at, run uint64) uint64 {
	if !c.object.branches[c.function.section][c.function.offset+at] {
		return 0
	}
	for i, jump := range []byte{jumpShort, jumpNear} {
		length := uint64(len(nops[i]))
		if c.source[at] == jump && at+length <= c.function.Size && run < uint64(len(c.running)) &&
			bytes.HasPrefix(c.running[run:], nops[i]) {
			return length
		}
	}
	return 0
}

// field takes from the running code where the symbol of a field must be.
func (c *comparison) field(field relocation, at, run uint64) error {
	if at+field.width > c.function.Size || run+field.width > uint64(len(c.running)) {
		return c.differs(at, "the function ends within an address")
	}
	return c.refers(field, at, field.value(c.running[run:run+field.width], c.addr+run))
}

// refers notes what value the symbol of a field must have. It refuses one that cannot be.
func (c *comparison) refers(field relocation, at, value uint64) error {
	symbol := c.object.symbols[field.symbol]
	if _, _, merged := c.object.isMerged(symbol.Section); merged {
		return c.constant(field, at, symbol, value)
	}
	// A weak symbol may be another file's, wherever this object has its own.
	if symbol.Section == elf.SHN_UNDEF || elf.ST_BIND(symbol.Info) == elf.STB_WEAK {
		if before, ok := c.others[field.symbol]; ok && before != value {
			return c.differs(at, fmt.Sprintf("%s must be at %#x, and before it had to be at %#x", symbol.Name, value, before))
		}
		c.others[field.symbol] = value
		return nil
	}
	if int(symbol.Section) >= len(c.object.content) {
		if value != symbol.Value {
			return c.differs(at, fmt.Sprintf("the absolute value %s is %#x, and compiled it is %#x", symbol.Name, value,
				symbol.Value))
		}
		return nil
	}
	base := value - symbol.Value
	if before, ok := c.bases[symbol.Section]; ok && before != base {
		return c.differs(at, fmt.Sprintf("%s must be at %#x, and before it had to be at %#x",
			c.object.file.Sections[symbol.Section].Name, base, before))
	}
	c.bases[symbol.Section] = base
	return nil
}

// fieldEnd is how far behind a relative field the instruction ends, from where it counts, if nothing follows the field.
const fieldEnd = 4

// constant compares by content what the linker may have merged with an equal constant of another file.
func (c *comparison) constant(field relocation, at uint64, symbol elf.Symbol, value uint64) error {
	offset := symbol.Value
	if elf.ST_TYPE(symbol.Info) == elf.STT_SECTION {
		into := field.addend
		if field.relative {
			into += fieldEnd
		}
		offset, value = offset+into, value+into
	}
	want, ok := c.object.constant(symbol.Section, offset)
	if !ok {
		return c.differs(at, fmt.Sprintf("no constant stands at %#x of %s", offset,
			c.object.file.Sections[symbol.Section].Name))
	}
	if have := c.code.Bytes(value, uint64(len(want))); !bytes.Equal(want, have) {
		return c.differs(at, fmt.Sprintf("the constant compiled is %.64q, the kernel's is %.64q", want, have))
	}
	return nil
}
