// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"fmt"
	"slices"
	"strings"
)

// What a patch must not change, or must stay loaded for, since others know it: by name, or by its address.

// checkNames refuses functions and data that get another name, or lose one: who knows them by it would not be switched.
func (s *selection) checkNames() {
	for _, p := range s.patched.parts {
		original := s.pairs.original[p]
		if original == nil || p.symbol == nil || p.byContent() {
			continue
		}
		before, now := slices.Sorted(slices.Values(original.others)), slices.Sorted(slices.Values(p.others))
		if !slices.Equal(before, now) {
			s.refuse(p, fmt.Sprintf("has other names than before (%s; before: %s), and those who know it by these stay as "+
				"they are: keep its names", orNone(now), orNone(before)))
		}
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// state reports whether a part is a variable that the kernel may have filled with something that matters.
func (p *part) state() bool { return p.role == writable && p.symbol != nil && !p.byContent() }

// checkMoved refuses a new variable where another one is gone: if it takes the other's place, what the running kernel
// has in that would be lost.
func (s *selection) checkMoved() {
	var gone []string
	for _, p := range s.original.parts {
		if p.state() && s.pairs.patched[p] == nil && !s.pairs.ambiguous[p] {
			gone = append(gone, p.name)
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, p := range s.inOrder() {
		if p.state() && s.pairs.original[p] == nil {
			s.refuse(p, "is new while "+strings.Join(gone, ", ")+" is gone, and would be empty if it takes that one's place: "+
				"keep the old variable")
		}
	}
}

// noteKept notes what somebody may keep a pointer to that outlives a revert: a new function whose address is taken, a
// new table of functions, and any new variable. What was set up with it goes on using it, so that the module must stay.
func (s *selection) noteKept() {
	for _, p := range s.inOrder() {
		switch isNew := s.pairs.original[p] == nil; {
		case isNew && p.role == constant && p.leadsToCode():
			s.keep(p.name + " is a new table with pointers to functions")
		case isNew && p.state():
			s.keep(p.name + " is a new variable, which something may keep a pointer to")
		}
		refs := slices.Clone(p.refs)
		for _, e := range p.entries { // code that may be put into the function's place
			refs = append(refs, e.places...)
		}
		for _, r := range refs {
			itself := r.to != nil && r.to.unit() == p.unit() && r.offset != int64(r.to.entry)
			if r.to != nil && r.to.role == code && !itself && s.travels[r.to] && s.pairs.original[r.to] == nil &&
				r.takesAddress() {
				s.keep(KeptFunction(r.to.name))
			}
		}
	}
}

// KeptFunction says why a new function keeps its patch's module loaded.
func KeptFunction(name string) string { return name + " is a new function whose address is taken" }

func (s *selection) keep(sentence string) {
	if !slices.Contains(s.kept, sentence) {
		s.kept = append(s.kept, sentence)
	}
}

// takesAddress reports whether a reference is to where something is, and not a call or jump: an absolute address, or a
// relative one in an instruction such as lea, or in data.
func (r ref) takesAddress() bool { return !r.branch }
