// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// pairs are what two objects have in common: parts of the patched one and of the original that are the same function
// or variable, whether or not it changed.
type pairs struct {
	original  map[*part]*part // by the patched part
	patched   map[*part]*part // by the original part
	ambiguous map[*part]bool  // variables of either object that may be one of several
}

// byContent reports whether a part has no identity of its own: copies of it do as well as the original. Constants in
// functions are among them, and what the compiler has given no name, unless they lead to functions: the address of such
// a table may be kept by what was set up with it, and must not be that of a copy which goes away with the patch.
func (p *part) byContent() bool {
	if p.role == text || p.role == literal || p.isTest() {
		return true
	}
	if p.role != constant && p.role != writable || !p.local() {
		return false
	}
	_, numbered := base(p.name)
	return p.role == constant && (numbered || p.symbol == nil) && !p.leadsToCode() || isCopied(p)
}

// leadsToCode reports whether data hold a pointer to a function, or to what another object has and may be one.
func (p *part) leadsToCode() bool {
	return slices.ContainsFunc(p.refs, func(r ref) bool { return r.symbol != nil || r.to != nil && r.to.role == code })
}

// match pairs the parts of two objects and names all parts, so that their references can be compared.
func match(original, patched *layout) *pairs {
	m := &pairs{make(map[*part]*part), make(map[*part]*part), make(map[*part]bool)}
	named := make(map[string]*part)
	statics := make(map[string][2][]*part)
	for i, l := range []*layout{original, patched} {
		for _, p := range l.parts {
			name, numbered := base(p.name)
			switch {
			case p.byContent():
			case p.role != code && numbered && p.local():
				group := statics[name]
				group[i] = append(group[i], p)
				statics[name] = group
			case i == 0:
				named[p.key()] = p
			default:
				if of := named[p.key()]; of != nil {
					m.add(of, p)
				}
			}
		}
	}
	for _, group := range statics {
		m.matchStatics(group[0], group[1])
	}
	for original, patched := range m.patched {
		original.id = "common " + original.key()
		patched.id = original.id
	}
	for i, l := range []*layout{original, patched} {
		for _, p := range l.parts {
			p.identity(i)
		}
	}
	return m
}

func (m *pairs) add(original, patched *part) {
	m.original[patched], m.patched[original] = original, patched
}

// key names a part that has a name, among functions or among data.
func (p *part) key() string {
	if p.role == code {
		return "function " + p.name
	}
	if isCounted(p.name) {
		return "data " + strings.TrimRight(p.name, "0123456789")
	}
	return "data " + p.name
}

// isCounted reports whether the kernel's macros give names of this form a number, which a line before shifts.
func isCounted(name string) bool {
	return strings.HasPrefix(name, "__UNIQUE_ID_") || strings.HasPrefix(name, "__BTF_ID__")
}

// matchStatics pairs variables of functions that have one name but for the number: by the functions that use them. The
// number says nothing, since a new variable shifts it.
func (m *pairs) matchStatics(original, patched []*part) {
	for _, p := range patched {
		same := func(other *part) bool { return other.users() == p.users() }
		of := slices.Collect(filter(original, same))
		if len(of) == 1 && len(slices.Collect(filter(patched, same))) == 1 && of[0].size() == p.size() {
			m.add(of[0], p)
		}
	}
	left := func(p *part) bool { return m.original[p] == nil && m.patched[p] == nil }
	of, to := slices.Collect(filter(original, left)), slices.Collect(filter(patched, left))
	switch {
	case len(of) == 0 || len(to) == 0:
	case len(of) == 1 && len(to) == 1 && of[0].size() == to[0].size() && of[0].sharesUser(to[0]):
		m.add(of[0], to[0])
	default:
		for _, p := range slices.Concat(of, to) {
			m.ambiguous[p] = true
		}
	}
}

func filter(parts []*part, want func(*part) bool) func(yield func(*part) bool) {
	return func(yield func(*part) bool) {
		for _, p := range parts {
			if want(p) && !yield(p) {
				return
			}
		}
	}
}

func (p *part) size() uint64 { return p.end - p.start }

// userNames are the names of the functions and variables that refer to a part, sorted.
func (p *part) userNames() []string {
	var names []string
	for _, reader := range p.readers {
		name, _ := base(reader.name)
		names = append(names, cmp.Or(reader.parent(), name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *part) users() string { return strings.Join(p.userNames(), " ") }

func (p *part) sharesUser(other *part) bool {
	mine := p.userNames()
	return slices.ContainsFunc(other.userNames(), func(name string) bool { return slices.Contains(mine, name) })
}

// identity returns a part's id, which it makes if there is none. which tells the objects apart.
func (p *part) identity(which int) string {
	if p.id != "" {
		return p.id
	}
	if !p.byContent() {
		p.id = fmt.Sprintf("only in %d: %s", which, p.key())
		return p.id
	}
	name, _ := base(p.name)
	if p.symbol == nil {
		name = "" // the section is named after the function that uses it first
	}
	p.id = "a copy in a ring" // for a part that refers to itself, by way of others
	p.id = fmt.Sprintf("copy %s %s", name, p.canonical(which))
	return p.id
}

// canonical is a part's content and what it refers to, in a form that does not depend on where things lie.
func (p *part) canonical(which int) string {
	var b strings.Builder
	line := [2]uint64{}
	if p.section.Name == "__dyndbg" {
		line = [2]uint64{32, 36} // line number and flags that are zero, of a descriptor with four pointers before
	}
	writeCanonical(&b, p.content(), p.refs, line, which)
	if p.content() == nil {
		fmt.Fprintf(&b, "%d zeros", p.size())
	}
	for _, e := range p.entries {
		if shapes[e.table.Name].objtool || e.table.Name == entryTable {
			continue // says only what the code says
		}
		b.WriteString(" " + e.table.Name + " ")
		writeCanonical(&b, e.data, e.refs, e.lineOf(), which)
		writeCanonical(&b, e.extra, e.places, [2]uint64{}, which)
	}
	return b.String()
}

// writeCanonical writes bytes, zeros where a relocation or a line number goes, and then the references.
func writeCanonical(b *strings.Builder, content []byte, refs []ref, line [2]uint64, which int) {
	masked := slices.Clone(content)
	for at := line[0]; at < min(line[1], uint64(len(masked))); at++ {
		masked[at] = 0
	}
	for _, r := range refs {
		for at := r.at; at < min(r.at+r.size, uint64(len(masked))); at++ {
			masked[at] = 0
		}
	}
	b.Write(binary.AppendUvarint(nil, uint64(len(masked))))
	b.Write(masked)
	for _, r := range refs {
		name := ""
		switch {
		case r.own != nil:
			name = fmt.Sprintf("own entry %d", r.own.number)
		case r.to != nil:
			name = r.to.identity(which)
		default:
			name = "symbol " + r.symbol.Name
		}
		fmt.Fprintf(b, "[%x %s %s %d]", r.at, r.kind(), name, r.offset)
	}
}

// kind is how a relocation's value is computed. Calls may or may not go by way of a table that the kernel lacks.
func (r ref) kind() string {
	if r.reloc == nil {
		return "short"
	}
	if r.reloc.Type == elf.R_X86_64_PLT32 {
		return elf.R_X86_64_PC32.String()
	}
	return r.reloc.Type.String()
}
