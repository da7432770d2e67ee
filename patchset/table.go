// SPDX-License-Identifier: GPL-2.0-only

package patchset

import "strings"

// table holds the kernel's own symbols in the form in which they are kept on disk, so that they are used where they lie
// in the mapped file: a command looks at few of them, and unpacking them all took longer than all else that it does.
type table struct {
	addrs []uint64
	names []uint64 // of each symbol, where in text its name begins, 16 bits of its length, and tableText
	text  string
}

// tableText marks a function.
const tableText = 1 << 63

// count returns how many symbols there are.
func (t *table) count() int { return len(t.addrs) }

// add appends a symbol whose name is at a place in the table's text.
func (t *table) add(addr uint64, begin, length int, text bool) {
	name := uint64(begin)<<16 | uint64(length)
	if text {
		name |= tableText
	}
	t.addrs, t.names = append(t.addrs, addr), append(t.names, name)
}

// name returns the i-th symbol's name.
func (t *table) name(i int) string {
	return part(t.text, t.names[i]&^tableText)
}

// at returns the i-th symbol.
func (t *table) at(i int) Symbol {
	return Symbol{Addr: t.addrs[i], Name: t.name(i), Text: t.names[i]&tableText != 0}
}

// named calls found with the index of each symbol of a name.
func (t *table) named(name string, found func(i int)) {
	length := uint64(len(name))
	for i, at := range t.names { // nearly all differ in their length, which takes no look at the text
		if at&0xffff == length && t.name(i) == name {
			found(i)
		}
	}
}

// begun calls found with the index of each symbol whose name has something behind name and a dot.
func (t *table) begun(name string, found func(i int)) {
	for i, at := range t.names {
		if at&0xffff > uint64(len(name)) && t.text[at&^tableText>>16+uint64(len(name))] == '.' &&
			strings.HasPrefix(t.name(i), name) {
			found(i)
		}
	}
}

// packed returns the table with a text that has nothing but the names.
func (t *table) packed() table {
	var text strings.Builder
	out := table{addrs: t.addrs, names: make([]uint64, 0, len(t.names))}
	for i, at := range t.names {
		out.names = append(out.names, at&(tableText|0xffff)|uint64(text.Len())<<16)
		text.WriteString(t.name(i))
	}
	out.text = text.String()
	return out
}

// part returns a part of a text: where it begins, and 16 bits of its length.
func part(text string, at uint64) string { return text[at>>16 : at>>16+at&0xffff] }
