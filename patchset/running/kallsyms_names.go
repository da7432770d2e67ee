// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"encoding/binary"
	"math"
)

// findNames looks backwards from the tokens for the number of symbols, followed by as many names, followed by markers
// that agree with them and reach up to the tokens, or up to the sequence that does.
func (t *table) findNames() bool {
	for at := t.tokensAt - 2*t.unit; at >= 0; at -= t.unit {
		count := binary.LittleEndian.Uint32(t.data[at:])
		filled := t.unit > 4 && binary.LittleEndian.Uint32(t.data[at+4:]) != 0
		if count == 0 || filled || int64(count) > int64(t.tokensAt-at)/2 {
			continue
		}
		t.count, t.countAt, t.namesAt = int(count), at, at+t.unit
		if t.namesFit() {
			return true
		}
		if t.stepsSpent > maxSteps {
			return false
		}
	}
	return false
}

// namesFit walks over the names and compares the markers behind them.
func (t *table) namesFit() bool {
	markers := make([]int, 0, t.count/markerEvery+1)
	at := t.namesAt
	for i := range t.count {
		if i%markerEvery == 0 {
			markers = append(markers, at-t.namesAt)
		}
		t.stepsSpent++
		_, next, ok := t.name(at)
		if !ok {
			return false
		}
		at = next
	}
	begin := t.aligned(at)
	end := begin + 4*len(markers)
	if end > t.tokensAt || t.aligned(end) != t.tokensAt && t.aligned(t.aligned(end)+sequenceLen*t.count) != t.tokensAt {
		return false
	}
	for i, marker := range markers {
		if int(binary.LittleEndian.Uint32(t.data[begin+4*i:])) != marker {
			return false
		}
	}
	return true
}

// name returns the tokens of the name at an offset, and where the next name begins; false if it has none or would reach
// into the list of tokens.
func (t *table) name(at int) (tokens []byte, next int, ok bool) {
	if at+2 > t.tokensAt {
		return nil, 0, false
	}
	length := int(t.data[at])
	at++
	if length >= 0x80 {
		length = length&0x7f | int(t.data[at])<<7
		at++
	}
	if length == 0 || at+length > t.tokensAt {
		return nil, 0, false
	}
	return t.data[at : at+length], at + length, true
}

// addresses reads the symbols' addresses, which stand behind the tokens or before the names. The table is sorted by
// them; that, and a base inside the kernel, shows that they were found.
func (t *table) addresses(sections []Section) ([]uint64, bool) {
	behind := t.aligned(t.tokensEnd)
	before := t.countAt - t.unit - t.aligned(4*t.count)
	for _, at := range []int{behind, before} {
		base := at + t.aligned(4*t.count)
		if at < 0 || base+8 > len(t.data) {
			continue
		}
		if addrs, ok := t.decode(at, binary.LittleEndian.Uint64(t.data[base:])); ok && inside(sections, addrs) {
			return addrs, true
		}
	}
	// Last, since numbers that grow make distances from their own places that grow too.
	if addrs, ok := t.decodeDistances(behind); ok && inside(sections, addrs) {
		return addrs, true
	}
	return nil, false
}

// decode returns the addresses whose offsets stand at at. With CONFIG_KALLSYMS_ABSOLUTE_PERCPU an offset is signed:
// from 0 on it is the address itself, and the negative -1-n is n bytes behind the base. Else all are distances from the
// base; a negative one in that reading would be 2 GiB away, further than any kernel is long.
func (t *table) decode(at int, base uint64) ([]uint64, bool) {
	offset := func(i int) int32 { return int32(binary.LittleEndian.Uint32(t.data[at+4*i:])) }
	signed := false
	for i := range t.count {
		signed = signed || offset(i) < 0
	}
	addrs := make([]uint64, t.count)
	for i := range addrs {
		switch o := offset(i); {
		case !signed:
			addrs[i] = base + uint64(o)
		case o >= 0:
			addrs[i] = uint64(o)
		default:
			addrs[i] = base - 1 + uint64(-int64(o))
		}
		if i > 0 && addrs[i] < addrs[i-1] {
			return nil, false
		}
	}
	return addrs, true
}

// decodeDistances returns the addresses whose distances from their own entries begin at at.
func (t *table) decodeDistances(at int) ([]uint64, bool) {
	if at+4*t.count > len(t.data) {
		return nil, false
	}
	addrs := make([]uint64, t.count)
	for i := range addrs {
		entry := at + 4*i
		distance := int32(binary.LittleEndian.Uint32(t.data[entry:]))
		addrs[i] = t.addr + uint64(entry) + uint64(int64(distance))
		if i > 0 && addrs[i] < addrs[i-1] {
			return nil, false
		}
	}
	return addrs, true
}

// inside reports whether the first address that is no small number lies in a section or just behind one.
func inside(sections []Section, addrs []uint64) bool {
	for _, addr := range addrs {
		if addr <= math.MaxInt32 {
			continue
		}
		for _, s := range sections {
			if addr-s.Addr <= s.Size {
				return true
			}
		}
		return false
	}
	return false
}

// symbols unpacks the names.
func (t *table) symbols(addrs []uint64) []Symbol {
	symbols := make([]Symbol, 0, t.count)
	at := t.namesAt
	var text []byte
	for _, addr := range addrs {
		tokens, next, _ := t.name(at)
		text = text[:0]
		for _, token := range tokens {
			text = append(text, t.tokens[token]...)
		}
		at = next
		s := Symbol{Addr: addr}
		if len(text) > 0 {
			s.Type, s.Name = text[0], string(text[1:])
		}
		symbols = append(symbols, s)
	}
	return symbols
}
