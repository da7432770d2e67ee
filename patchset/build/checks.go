// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// cutSentence cuts a sentence into what is wrong and what to do.
func cutSentence(sentence string) (why, remedy string) {
	at := strings.LastIndex(sentence, ": ")
	return sentence[:at], sentence[at+2:]
}

// checkReplaced looks whether a changed function can be replaced.
func (s *selection) checkReplaced(p *part) {
	original := s.pairs.original[p]
	if why := noReplacement(original.section.Name); why != "" {
		s.refuse(p, why)
		return
	}
	traced := func(e entry) bool { return e.table.Name == entryTable }
	if s.original.section(entryTable) != nil && !slices.ContainsFunc(original.entries, traced) {
		s.refuse(p, "is not to be traced, as inline functions are not, so its calls cannot be redirected: "+
			"change the functions that call it instead, or reboot into the fixed kernel")
	}
}

// checkTravelling looks whether a function can be taken out of its object.
func (s *selection) checkTravelling(p *part) {
	switch why := noReplacement(p.section.Name); {
	case why != "":
		s.refuse(p, why)
	case p.shared:
		s.refuse(p, "shares section "+p.section.Name+" with other functions, from which it cannot be cut: "+
			"compile with -ffunction-sections")
	}
}

// checkData refuses changes of variables and constants that the running kernel cannot be given.
func (s *selection) checkData(p *part) {
	if p.role == bootOnly && s.state(p) != Same {
		s.refuse(p, fmt.Sprintf("in section %s is %v, and the kernel looks at that section only at boot or in vmlinux: "+
			"leave it out of the diff", p.section.Name, s.state(p)))
		return
	}
	if !s.changed[p] || p.byContent() {
		return
	}
	if !s.changedConstant(p) {
		s.refuse(p, "is data that the running kernel may have changed since, so its new initial value or type cannot "+
			"be put there: set the value in a function that the patch replaces, or write a patch by hand that migrates it")
		return
	}
	for _, reader := range p.readers {
		if reader.role != code {
			s.refuse(p, "is a constant that changed, and "+reader.name+" points to it, which the kernel goes on using: "+
				"change the functions that use it instead")
		}
	}
	switch {
	case !p.local():
		s.refuse(p, "is a constant that changed, and other files may read it, whose functions are not known here: "+
			"change the functions that read it instead")
	case p.leadsToCode():
		s.refuse(p, "is a constant that changed and holds pointers to functions; what was set up with the old one "+
			"keeps its address: change the functions in it instead")
	}
}

// checkGone refuses that something of the running kernel is taken away which stays in use.
func (s *selection) checkGone() {
	gone := func(p *part) bool { return p != nil && s.pairs.patched[p] == nil && !p.byContent() && p.symbol != nil }
	for _, p := range s.original.parts {
		if !gone(p) {
			continue
		}
		if p.role == bootOnly {
			s.refuse(p, "in section "+p.section.Name+" is gone, and the kernel looks at that section only at boot or in "+
				"vmlinux: leave it out of the diff")
		}
		for _, reader := range p.readers {
			if patched := s.pairs.patched[reader]; patched != nil && !s.changed[patched] && !reader.byContent() &&
				p.parent() == "" {
				s.refuse(p, "is gone, but "+reader.name+", which stays, refers to it: keep it")
			}
		}
	}
	for _, l := range s.original.loose {
		if gone(l.ref.to) {
			s.refuse(l.ref.to, "is gone, but section "+l.section.Name+" has it known to other modules: keep it")
		}
	}
}

// goneForOthers returns the functions for other files that only the original has. Whether one of those calls them, the
// kernel's code tells.
func (s *selection) goneForOthers() []string {
	var names []string
	for _, p := range s.original.parts {
		if p.role == code && p.symbol != nil && p.parent() == "" && !p.local() && s.pairs.patched[p] == nil {
			names = append(names, p.name)
		}
	}
	return names
}

// checkLeft looks at sections that do not travel: whether they lead to what does. That a new function is exported is no
// matter: the files of a patch are linked together, and no others know it yet.
func (s *selection) checkLeft() {
	for _, l := range s.patched.loose {
		if to := l.ref.to; to != nil && hasPrefix(l.section.Name, []string{".initcall", ".exitcall"}) &&
			s.pairs.original[to] == nil {
			s.refuse(to, "is new and called only while the kernel boots, so that nobody would call it: "+
				"do what it does in a function that the patch replaces, or reboot into the fixed kernel")
		}
	}
	for _, p := range s.patched.parts {
		if p.role != bootOnly {
			continue
		}
		for _, r := range p.refs {
			if r.to != nil && r.to.role == code && s.travels[r.to] && r.offset != int64(r.to.entry) &&
				p.section.Flags&elf.SHF_ALLOC != 0 {
				s.refuse(r.to, "has an entry in section "+p.section.Name+", which the kernel looks at in vmlinux only: "+
					"write this function's patch by hand, see spotos patch new")
			}
		}
	}
}
