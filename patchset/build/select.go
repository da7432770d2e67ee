// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"fmt"
	"slices"
)

// selection is what travels in a patch: changed functions, and what they need that the kernel does not have.
type selection struct {
	*difference
	travels  map[*part]bool
	refusals []Refusal
	kept     []string // see Extracted
}

// choose decides what travels, and collects all that stands in the way.
func choose(d *difference) *selection {
	s := &selection{difference: d, travels: make(map[*part]bool)}
	s.refusals = append(s.refusals, d.patched.broken...)
	for _, p := range d.patched.parts {
		switch {
		case p.role == code && p.symbol != nil && p.parent() == "" && d.changed[p]:
			s.checkReplaced(p)
			s.add(p)
		case p.role == code && d.changed[p] && p.symbol == nil:
			s.refuse(p, noReplacement(".text"))
		case p.role == code && p.symbol != nil && d.state(p) == New && !p.local():
			s.add(p) // for other files of the same patch
		case p.role != code:
			s.checkData(p)
		}
	}
	s.checkGone()
	s.checkNames()
	s.checkMoved()
	s.checkLeft()
	s.noteKept()
	return s
}

// add has a part travel, and all that it refers to where the kernel has no such thing.
func (s *selection) add(p *part) {
	if s.travels[p] {
		return
	}
	s.travels[p] = true
	if why := noModule(p.section.Name); why != "" {
		s.refuse(p, why)
	}
	if p.role == code {
		s.checkTravelling(p)
		for _, name := range []string{p.name + ".cold", p.parent()} {
			if other := s.patched.function(name); other != nil {
				s.add(other)
			}
		}
	}
	for _, r := range p.allRefs() {
		switch {
		case r.doubt:
			s.refusals = append(s.refusals, Refusal{p.name, fmt.Sprintf("has an instruction at %#x that cannot be "+
				"decoded and refers to one of several variables", r.at), askForHelp})
		case r.own != nil: // which travels with the part
		case r.to != nil:
			s.follow(p, r)
		case r.symbol.Section != nil:
			s.refusals = append(s.refusals, Refusal{p.name, "refers to section " + r.symbol.Section.Name +
				", which no patch can take along", askForHelp})
		}
	}
}

// follow has the target of a reference travel if it must.
func (s *selection) follow(from *part, r ref) {
	to := r.to
	switch {
	case to.isTest():
		s.refusals = append(s.refusals, testsFeature(from))
	case s.pairs.ambiguous[to]:
		s.refuse(to, "is one of several variables of that name in functions, and which of the running kernel's it is "+
			"cannot be told by who uses it: leave the change of those variables out of the diff")
	case s.travels[to] || from.unit() == to.unit() && to.role == code:
		s.add(to)
	case s.inKernel(to):
		if to.role == code && (r.offset != int64(to.entry) || to.parent() != "") {
			s.refusals = append(s.refusals, Refusal{from.name, "refers into the middle of " + to.name, askForHelp})
		}
		if to.symbol == nil {
			s.refusals = append(s.refusals, Refusal{from.name, "refers to data in section " + to.section.Name +
				" that has no name", askForHelp})
		}
	case to.role == bootOnly:
		s.refuse(to, "is new in section "+to.section.Name+", which the kernel looks at only at boot: "+
			"write the fix without it")
	default:
		s.add(to)
	}
}

const askForHelp = "write this function's patch by hand: see spotos patch new"

// unit names the function that a part of code belongs to.
func (p *part) unit() string {
	if parent := p.parent(); parent != "" {
		return parent
	}
	return p.name
}

// inKernel reports whether a reference to a part goes to what the running kernel has.
func (d *difference) inKernel(p *part) bool {
	return d.pairs.original[p] != nil && !d.changedConstant(p)
}

// refuse adds a refusal of one sentence: why, a colon, what to do.
func (s *selection) refuse(p *part, sentence string) {
	why, remedy := cutSentence(sentence)
	s.refusals = append(s.refusals, Refusal{p.name, why, remedy})
}

// inOrder are the parts that travel, as they lie in the patched object.
func (s *selection) inOrder() []*part {
	return slices.Collect(filter(s.patched.parts, func(p *part) bool { return s.travels[p] }))
}
