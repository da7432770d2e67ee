// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"encoding/binary"
	"errors"
)

// table is the kernel's own symbol table, kallsyms, as it lies in the section .rodata. No symbol says where its parts
// are, so they are found by what they must look like, beginning with the list of tokens. Each part begins at a multiple
// of 8. Their order is, in two layouts:
//
//	6.1:  offsets, base, count, names, markers, [sequence,] tokens, token index
//	6.12: count, names, markers, tokens, token index, offsets, base, sequence
//
// The names are packed: a length and as many bytes, each standing for a token; the first character is the symbol's
// type. Marker i is where symbol 256*i is among the names. The sequence lists the symbols by name, three bytes each,
// and those of one name by address: so a name's symbols stand in the order of the table itself in both layouts.
type table struct {
	data []byte // .rodata

	tokens     [256]string
	tokensAt   int // where the tokens begin in data
	tokensEnd  int // where the token index ends
	count      int // symbols
	countAt    int
	namesAt    int
	stepsSpent int // names looked at while searching
}

const (
	alignment   = 8
	tokenCount  = 256
	markerEvery = 256 // names
	sequenceLen = 3   // bytes an entry

	// maxSteps bounds the search in a file that was made to be slow to read.
	maxSteps = 1 << 24
)

var errNoTable = errors.New("the kernel in it has no symbol table of a known layout (kallsyms): it needs " +
	"CONFIG_KALLSYMS, and of the layouts those of 6.1 and 6.12 are known")

func aligned(at int) int { return (at + alignment - 1) &^ (alignment - 1) }

// kallsyms returns the symbols of a kernel with these sections, in the order of the table.
func kallsyms(sections []Section) ([]Symbol, error) {
	for _, s := range sections {
		if s.Name != ".rodata" {
			continue
		}
		t := &table{data: s.Data}
		for from := 0; t.findTokens(from); from = t.tokensEnd {
			if !t.findNames() {
				continue
			}
			if addrs, ok := t.addresses(sections); ok {
				return t.symbols(addrs), nil
			}
		}
	}
	return nil, errNoTable
}

// findTokens looks for the token index from an offset on: 256 growing numbers of 16 bits, each the offset of a string
// in the list that ends just before it.
func (t *table) findTokens(from int) bool {
	for at := aligned(from); at+2*tokenCount <= len(t.data); at += alignment {
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
// the index or up to 7 zeros before it.
func (t *table) readTokens(index int) bool {
	last := int(binary.LittleEndian.Uint16(t.data[index+2*(tokenCount-1):]))
	for begin := (index - last - 2) &^ (alignment - 1); begin >= 0; begin -= alignment {
		end := begin + last
		for end < index && t.data[end] != 0 {
			end++
		}
		if end == index || aligned(end+1) < index {
			return false // the last token has no end, or ended too early: so it would in all that follow
		}
		if aligned(end+1) == index && t.split(begin, index, end) {
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
