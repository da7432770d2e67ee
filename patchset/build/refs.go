// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"slices"
)

// findRefs gives each relocation of a section to the part it is in.
func (l *layout) findRefs(s *Section) {
	next := make(map[uint64]pcRelative)
	inCode := roleOf(s) == code
	if inCode {
		for _, p := range l.of[s] {
			l.decode(p, next)
		}
	}
	for i := range s.Relocs {
		r := &s.Relocs[i]
		p := l.at(s, int64(r.Offset))
		if p == nil || r.Offset+uint64(fieldSize(r.Type)) > p.end {
			continue // in the room between parts
		}
		var pc pcRelative
		doubt := false
		if inCode && isPCRelative(r.Type) {
			var decoded bool
			pc, decoded = next[r.Offset]
			if !decoded {
				pc.next, doubt = 4, true
			}
		}
		found := l.resolve(r, p.start, int64(pc.next), doubt)
		found.branch = pc.branch || r.Type == elf.R_X86_64_PLT32 // which stands nowhere else
		p.refs = append(p.refs, found)
	}
	for _, p := range l.of[s] {
		slices.SortStableFunc(p.refs, func(a, b ref) int { return int(int64(a.at) - int64(b.at)) })
	}
}

// decode notes the addresses relative to the program counter, and how far from each the next instruction is. Where
// functions share a section it also finds what the assembler has resolved, so that a function compares alike wherever
// it lies.
func (l *layout) decode(p *part, next map[uint64]pcRelative) {
	relocated := make(map[uint64]bool)
	if p.shared {
		for _, r := range p.section.Relocs {
			relocated[r.Offset] = true
		}
	}
	for _, pc := range pcRelatives(p.content()) {
		next[p.start+pc.field] = pc
		if !p.shared || relocated[p.start+pc.field] {
			continue
		}
		target, ok := pc.target(p.content())
		if place := target + int64(p.start); ok && (target < 0 || place >= int64(p.end)) {
			to := l.at(p.section, place)
			p.refs = append(p.refs, ref{at: pc.field, size: pc.size, to: to, offset: place - int64(to.start),
				branch: pc.branch})
		}
	}
}

func isPCRelative(t elf.R_X86_64) bool {
	return t == elf.R_X86_64_PC32 || t == elf.R_X86_64_PLT32 || t == elf.R_X86_64_PC64
}

// resolve finds out what a relocation means. skip is what the CPU adds to the field's own address before it adds the
// field's value.
func (l *layout) resolve(r *Reloc, start uint64, skip int64, doubt bool) ref {
	found := ref{at: r.Offset - start, size: uint64(fieldSize(r.Type)), reloc: r,
		offset: r.Addend + skip, skip: skip}
	if r.Symbol.Section == nil {
		found.symbol = r.Symbol
		return found
	}
	// A name means its own part, whatever the offset; a section means the part that the offset leads to.
	place := int64(r.Symbol.Value)
	named := r.Symbol.Type() != elf.STT_SECTION
	if !named {
		place += found.offset
	}
	if found.to = l.at(r.Symbol.Section, place); found.to == nil {
		found.symbol = r.Symbol
		return found
	}
	found.offset += int64(r.Symbol.Value) - int64(found.to.start)
	found.doubt = doubt && !named && found.to.role != code && len(l.of[r.Symbol.Section]) > 1
	return found
}

// at returns the part of a section that a place is in, or the nearest before it; nil if the section has none. A place
// before the first part means that part: compilers fold constants into addresses.
func (l *layout) at(s *Section, place int64) *part {
	parts := l.of[s]
	if len(parts) == 0 {
		return nil
	}
	i, exact := slices.BinarySearchFunc(parts, place, func(p *part, place int64) int {
		switch start := int64(p.start); {
		case start < place:
			return -1
		case start > place:
			return 1
		}
		return 0
	})
	if !exact {
		i = max(i-1, 0)
	}
	return parts[i]
}
