// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"slices"
	"strings"
)

// take takes one token of a declaration or body.
func (s *scanner) take(t token) {
	p := &s.now
	if s.dead() {
		return
	}
	if len(p.item) == 0 {
		if t.kind == mark && strings.Contains(")]}", t.text) { // of a macro's call that was taken for a declaration
			return
		}
		*p = place{branches: s.numbers(), uneven: p.uneven}
	}
	if p.brace == 0 {
		p.item = append(p.item, t)
	}
	if t.kind == broken {
		p.doubt = fmt.Sprintf("in line %d something is quoted or commented without an end", t.line)
	}
	if t.kind != mark {
		return
	}
	switch open := p.paren > 0; t.text {
	case "(", "[":
		p.paren++
	case ")", "]":
		p.paren = max(0, p.paren-1)
	case "{":
		s.opening(open)
	case "}":
		s.closing(t, open)
	case ";":
		if !open && p.brace == 0 {
			s.now = place{}
		}
	}
}

func (s *scanner) opening(open bool) {
	p := &s.now
	if open { // in parentheses braces belong to them
		p.paren++
		return
	}
	if p.brace == 0 {
		p.body = headed(p.item)
	}
	p.brace++
}

func (s *scanner) closing(t token, open bool) {
	p := &s.now
	first := t.at == 0 || s.text[t.at-1] == '\n'
	switch {
	case open && (!first || !p.body):
		p.paren--
		return
	case open:
		p.doubt = fmt.Sprintf("a parenthesis is still open before line %d", t.line)
		p.paren = 0
	}
	if p.brace--; p.brace > 0 {
		p.early = p.early || first
		return
	}
	if p.brace < 0 {
		s.now = place{}
		return
	}
	if !p.body {
		return
	}
	switch { // what is uneven in sum does no harm where the kernel's style shows the end
	case p.early:
		p.doubt = "a brace in the first column is not its last one"
	case p.uneven != "" && !first:
		p.doubt = p.uneven
	case !slices.Equal(p.branches, s.numbers()):
		p.doubt = "it begins inside a conditional of the preprocessor and ends outside, or the other way"
	}
	s.emit(t.end, p.doubt)
}

// emit reports the function that ends here.
func (s *scanner) emit(end int, doubt string) {
	f := heading(s.now.item)
	f.End, f.nested = end, len(s.now.branches)
	if f.Doubt == "" {
		f.Doubt = doubt
	}
	s.found = append(s.found, f)
	s.now = place{}
}
