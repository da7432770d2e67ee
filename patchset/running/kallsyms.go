// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"encoding/binary"
	"errors"
)

// table is the kernel's own symbol table, kallsyms, as it lies in the section .rodata. No symbol says where its parts
// are, so they are found by what they must look like, beginning with the list of tokens. Each part begins at a multiple
// of 8, in 7.3 of 4. Their order is, in three layouts:
//
//	6.1:  offsets, base, count, names, markers, [sequence,] tokens, token index
//	6.12: count, names, markers, tokens, token index, offsets, base, sequence
//	7.3:  as 6.12 without a base: each offset is the distance from where it stands itself
//
// The names are packed: a length and as many bytes, each standing for a token; the first character is the symbol's
// type. Marker i is where symbol 256*i is among the names. The sequence lists the symbols by name, three bytes each,
// and those of one name by address: so a name's symbols stand in the order of the table itself in all layouts.
type table struct {
	data []byte // .rodata
	addr uint64 // of .rodata
	unit int    // each part begins at a multiple of it

	tokens     [256]string
	tokensAt   int // where the tokens begin in data
	tokensEnd  int // where the token index ends
	count      int // symbols
	countAt    int
	namesAt    int
	stepsSpent int // names looked at while searching
}

const (
	tokenCount  = 256
	markerEvery = 256 // names
	sequenceLen = 3   // bytes an entry

	// maxSteps bounds the search in a file that was made to be slow to read.
	maxSteps = 1 << 24
)

var errNoTable = errors.New("the kernel in it has no symbol table of a known layout (kallsyms): it needs " +
	"CONFIG_KALLSYMS, and of the layouts those of 6.1, 6.12 and 7.3 are known")

func (t *table) aligned(at int) int { return (at + t.unit - 1) &^ (t.unit - 1) }

// kallsyms returns the symbols of a kernel with these sections, in the order of the table.
func kallsyms(sections []Section) ([]Symbol, error) {
	for _, s := range sections {
		if s.Name != ".rodata" {
			continue
		}
		for _, unit := range []int{8, 4} {
			t := &table{data: s.Data, addr: s.Addr, unit: unit}
			if symbols := t.find(sections); symbols != nil {
				return symbols, nil
			}
		}
	}
	return nil, errNoTable
}

// find returns the symbols of a table whose parts begin at multiples of the unit, or nil if there is none.
func (t *table) find(sections []Section) []Symbol {
	for from := 0; t.findTokens(from); from = t.tokensEnd {
		if !t.findNames() {
			continue
		}
		if addrs, ok := t.addresses(sections); ok {
			return t.symbols(addrs)
		}
	}
	return nil
}

// findTokens looks for the token index from an offset on: 256 growing numbers of 16 bits, each the offset of a string
// in the list that ends just before it.
func (t *table) findTokens(from int) bool {
	for at := t.aligned(from); at+2*tokenCount <= len(t.data); at += t.unit {
		if binary.LittleEndian.Uint16(t.data[at:]) != 0 {
			continue
		}
		if t.growing(at) && t.readTokens(at) {
			return true
		}
	}
	return false
}

// growing reports whether 256 growing numbers of 16 bits stand at an offset.
func (t *table) growing(at int) bool {
	before := binary.LittleEndian.Uint16(t.data[at:])
	for i := 1; i < tokenCount; i++ {
		now := binary.LittleEndian.Uint16(t.data[at+2*i:])
		if now <= before {
			return false
		}
		before = now
	}
	return true
}

// readTokens reads the tokens whose index stands at an offset. Where they begin is not written: the last one ends with
// the index or fewer zeros than a unit before it.
func (t *table) readTokens(index int) bool {
	last := int(binary.LittleEndian.Uint16(t.data[index+2*(tokenCount-1):]))
	for begin := (index - last - 2) &^ (t.unit - 1); begin >= 0; begin -= t.unit {
		end := begin + last
		for end < index && t.data[end] != 0 {
			end++
		}
		if end == index || t.aligned(end+1) < index {
			return false // the last token has no end, or ended too early: so it would in all that follow
		}
		if t.aligned(end+1) == index && t.split(begin, index, end) {
			t.tokensAt, t.tokensEnd = begin, index+2*tokenCount
			return true
		}
	}
	return false
}

// split cuts the list of tokens from begin on, whose last ends at end, as the index says, and reports whether each is
// one string.
func (t *table) split(begin, index, end int) bool {
	for i := range t.tokens {
		from, to := begin+int(binary.LittleEndian.Uint16(t.data[index+2*i:])), end
		if i < tokenCount-1 {
			to = begin + int(binary.LittleEndian.Uint16(t.data[index+2*i+2:])) - 1
		}
		token := t.data[from:to]
		for _, c := range token {
			if c == 0 {
				return false
			}
		}
		if t.data[to] != 0 {
			return false
		}
		t.tokens[i] = string(token)
	}
	return true
}
