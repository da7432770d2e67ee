// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"slices"
	"strings"
)

// Function is a function's definition in a file of C.
type Function struct {
	Name       string   // as written; of SYSCALL_DEFINE2(dup2, …) that is "SYSCALL_DEFINE2(dup2)"
	Also       []string // names that the compiler makes of such a macro, and its argument
	Start, End int      // bytes from the file's beginning: from its first word to behind its last brace
	Line       int      // where it begins, from 1
	Doubt      string   // why it is not certain that these are its bounds, or ""

	nested int // conditionals of the preprocessor around it
}

// Is reports whether the function is meant by a name.
func (f Function) Is(name string) bool { return f.Name == name || slices.Contains(f.Also, name) }

// Functions returns the definitions of functions in a text of C, in their order. It reads C without its macros; where
// the braces leave a doubt about a function, its Doubt says why.
func Functions(text string) []Function {
	s := &scanner{text: text}
	for _, t := range lex(text) {
		switch t.kind {
		case comment:
		case directive:
			s.directive(t)
		default:
			s.take(t)
		}
	}
	if s.now.body && len(s.now.item) > 0 {
		s.emit(len(text), "its last brace is missing")
	}
	return s.found
}

// place is what the scanner knows at one place of a file.
type place struct {
	brace, paren int
	item         []token // what has come of this declaration, outside its braces
	body         bool    // inside a function's body
	branches     []int   // the conditionals around the item's first token, by their branch
	doubt        string
	uneven       string // why braces may be counted wrong
	early        bool   // a closing brace in the first column was not the last one
}

// branch is a conditional of the preprocessor, from its #if on.
type branch struct {
	number int    // of its branch, not the same twice in a file
	before place  // at the #if
	dead   bool   // it is never compiled: below #if 0
	first  *place // at the end of its first branch, once that has ended
}

// scanner finds functions by their braces.
type scanner struct {
	text     string
	now      place
	branches []branch
	count    int // branches so far
	found    []Function
}

func (s *scanner) numbers() []int {
	var n []int
	for _, b := range s.branches {
		n = append(n, b.number)
	}
	return n
}

// directive follows the conditionals. What stands in their branches is read once each, all from the same beginning.
func (s *scanner) directive(t token) {
	s.now.item = slices.Clip(s.now.item)
	switch keyword := t.keyword(); {
	case strings.HasPrefix(keyword, "if"):
		s.count++
		s.branches = append(s.branches, branch{number: s.count, before: s.now, dead: t.text == "#if 0" || s.dead()})
	case len(s.branches) == 0:
	case strings.HasPrefix(keyword, "el"):
		b := &s.branches[len(s.branches)-1]
		if b.dead {
			b.dead = len(s.branches) > 1 && s.branches[len(s.branches)-2].dead
			return // what follows is the first branch
		}
		s.join(b, t.line)
		s.count++
		b.number = s.count
		s.restore(b.before)
	case keyword == "endif":
		s.endif(t)
	}
}

func (s *scanner) endif(t token) {
	b := s.branches[len(s.branches)-1]
	s.branches = s.branches[:len(s.branches)-1]
	if b.first != nil {
		s.join(&b, t.line)
		s.restore(*b.first)
	} else if !s.now.level(b.before) {
		s.now.uneven = fmt.Sprintf("the conditional that ends in line %d has uneven braces", t.line)
	}
}

// dead reports whether what stands here is never compiled.
func (s *scanner) dead() bool { return len(s.branches) > 0 && s.branches[len(s.branches)-1].dead }

// join keeps the first branch's end and compares that of another one with it.
func (s *scanner) join(b *branch, line int) {
	if b.first == nil {
		first := s.now
		b.first = &first
	} else if !s.now.level(*b.first) {
		s.now.uneven = fmt.Sprintf("the branches of the conditional before line %d have different braces", line)
	}
}

// restore goes on from another place, and keeps in mind what was uneven.
func (s *scanner) restore(p place) {
	uneven := s.now.uneven
	s.now = p
	s.now.uneven = uneven
}

// level reports whether two places are equally deep in braces.
func (p place) level(other place) bool {
	return p.brace == other.brace && p.paren == other.paren && p.body == other.body
}
