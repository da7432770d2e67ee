// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"cmp"
	"debug/elf"
	"slices"
	"strings"
)

// part is a piece of an object that is compared, and that travels, as a whole: a function, a variable, a string.
type part struct {
	role       role
	section    *Section
	start, end uint64   // its range in the section
	symbol     *Symbol  // nil: it has no name
	name       string   // the symbol's name, else the section's
	others     []string // its other names
	entry      uint64   // where the symbol points, from start
	shared     bool     // it has no section of its own
	refs       []ref
	entries    []entry // a function's, in the kernel's tables, in their order
	readers    []*part // functions and data that refer to it
	id         string  // what other parts call it when they are compared; see match.go
}

// ref is one relocation of a part or of a table's entry, with its target.
type ref struct {
	at     uint64  // where, from the part's or entry's start
	size   uint64  // how many bytes it writes
	reloc  *Reloc  // nil: the assembler has resolved it, within a section that functions share
	symbol *Symbol // of another object, or without a section; nil if to is known
	to     *part
	offset int64  // from the target's start
	skip   int64  // how far behind the field the CPU counts from
	doubt  bool   // the instruction could not be decoded, so the offset may be of another part
	branch bool   // a call or jump
	own    *entry // the part's own entry in a table, where the reference goes there: to is nil, offset from its start
}

// content returns the part's bytes, nil if they are zeros that the file does not hold.
func (p *part) content() []byte {
	if p.section.Data == nil {
		return nil
	}
	return p.section.Data[p.start:p.end]
}

// local reports whether no other object can refer to the part.
func (p *part) local() bool { return p.symbol == nil || p.symbol.Local() }

// parent returns the name of the function whose unlikely part this is, "" if it is none.
func (p *part) parent() string {
	name, found := strings.CutSuffix(p.name, ".cold")
	if !found {
		return ""
	}
	return name
}

// layout is an object taken apart.
type layout struct {
	object *Object
	parts  []*part
	of     map[*Section][]*part // in the order of their starts
	loose  []looseRef           // from sections that are kept out
	keys   []string             // static calls' keys, which objtool looks for by name
	broken []Refusal            // what of it cannot be understood
}

// looseRef is a reference from a section that is kept out to a part.
type looseRef struct {
	section *Section
	ref     ref
}

// takeApart finds the parts of an object, what they refer to, and their entries in the tables. With annotations it
// keeps those for objtool, which is then to run over what is made.
func takeApart(object *Object, annotations bool) *layout {
	l := &layout{object: object, of: make(map[*Section][]*part)}
	symbols := make(map[*Section][]*Symbol)
	for _, s := range object.Symbols {
		if s.Section != nil && (s.Type() == elf.STT_FUNC || s.Type() == elf.STT_OBJECT) {
			symbols[s.Section] = append(symbols[s.Section], s)
		}
	}
	for _, s := range object.Sections {
		if r := roleOf(s); r != ignored && r != table && (s.Size > 0 || len(symbols[s]) > 0) {
			if s.Name == featureTests {
				l.of[s] = l.splitTests(s)
			} else {
				l.of[s] = split(s, r, symbols[s])
			}
			l.parts = append(l.parts, l.of[s]...)
		}
	}
	for _, s := range object.Sections {
		switch roleOf(s) {
		case table:
		case ignored:
			for i := range s.Relocs {
				if s.Flags&elf.SHF_ALLOC != 0 && s.Name != replacements && !strings.HasPrefix(s.Name, ".discard.") {
					l.loose = append(l.loose, looseRef{s, l.resolve(&s.Relocs[i], 0, 0, false)})
				}
			}
		default:
			l.findRefs(s)
		}
	}
	l.readTables(annotations)
	l.findOwn()
	for _, p := range l.parts {
		for _, r := range p.allRefs() {
			if r.to != nil && r.to != p {
				r.to.readers = append(r.to.readers, p)
			}
		}
	}
	return l
}

// allRefs are a part's own references and those of its entries in the tables.
func (p *part) allRefs() []ref {
	all := slices.Clone(p.refs)
	for _, e := range p.entries {
		all = append(append(all, e.refs...), e.places...)
	}
	return all
}

// split cuts a section into its parts.
func split(s *Section, r role, symbols []*Symbol) []*part {
	switch {
	case r == text:
		return splitStrings(s)
	case r == literal:
		var parts []*part
		for at := uint64(0); at < s.Size; at += s.EntSize {
			parts = append(parts, &part{role: r, section: s, start: at, end: min(at+s.EntSize, s.Size), name: s.Name})
		}
		return parts
	}
	// Of aliases the global name comes first: it is the one that others know.
	slices.SortStableFunc(symbols, func(a, b *Symbol) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(elf.ST_BIND(b.Info), elf.ST_BIND(a.Info)))
	})
	named := make(map[uint64][]string)
	for _, symbol := range symbols {
		named[symbol.Value] = append(named[symbol.Value], symbol.Name)
	}
	symbols = slices.CompactFunc(symbols, func(a, b *Symbol) bool { return a.Value == b.Value })
	if r == code && len(symbols) == 1 {
		// Before the entry there may be room that ftrace or a mitigation uses.
		return []*part{{role: r, section: s, end: s.Size, symbol: symbols[0], name: symbols[0].Name,
			others: named[symbols[0].Value][1:], entry: symbols[0].Value}}
	}
	var parts []*part
	if len(symbols) == 0 || symbols[0].Value > 0 {
		parts = append(parts, &part{role: r, section: s, name: s.Name})
	}
	for _, symbol := range symbols {
		parts = append(parts, &part{role: r, section: s, start: symbol.Value, symbol: symbol, name: symbol.Name,
			others: named[symbol.Value][1:]})
	}
	for i, p := range parts {
		p.end = s.Size
		p.shared = len(parts) > 1
		if i+1 < len(parts) {
			p.end = parts[i+1].start
		}
		p.trim()
	}
	return parts
}

// trim leaves out the zeros that only fill the room up to the next variable.
func (p *part) trim() {
	if p.role == code || p.symbol == nil || p.symbol.Size == 0 || p.start+p.symbol.Size > p.end {
		return
	}
	end := p.start + p.symbol.Size
	for _, r := range p.section.Relocs {
		if r.Offset >= end && r.Offset < p.end {
			return
		}
	}
	if p.section.Data != nil && len(bytes.Trim(p.section.Data[end:p.end], "\x00")) > 0 {
		return
	}
	p.end = end
}

// splitStrings cuts a section after each string's terminating zero.
func splitStrings(s *Section) []*part {
	var parts []*part
	unit := min(s.EntSize, s.Size)
	for start := uint64(0); start < s.Size; {
		end := start
		for end+unit <= s.Size && len(bytes.Trim(s.Data[end:end+unit], "\x00")) > 0 {
			end += unit
		}
		end = min(end+unit, s.Size)
		parts = append(parts, &part{role: text, section: s, start: start, end: end, name: s.Name})
		start = end
	}
	return parts
}
