// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// spread follows names from what is changed to what mentions it, by way of headers.
type spread struct {
	items   map[string][]*placed       // of all headers, by the words that they mention
	pasting map[string][]*placed       // macros that make names of pieces, by their words
	names   map[string]bool            // what means something else now
	todo    []string                   // names whose mentions have not been looked for
	pairs   map[string]map[string]bool // by macro: words that it makes such a name of
	wild    map[string]string          // by header: why all that includes it is reached
	pastes  map[string]bool            // macros that make names of pieces
	done    map[*item]bool
}

// placed is an item of a header.
type placed struct {
	*item
	file string
}

func newSpread() *spread {
	return &spread{items: make(map[string][]*placed), pasting: make(map[string][]*placed), names: make(map[string]bool),
		pairs: make(map[string]map[string]bool), wild: make(map[string]string), pastes: make(map[string]bool),
		done: make(map[*item]bool)}
}

// add adds a header's items. Macros that mention nothing, such as numbers, are left out: nothing reaches them.
func (s *spread) add(file, text string) {
	items := itemize(withoutNumbers(text))
	for i := range items {
		it := &items[i]
		if it.macro && !it.pastes && len(it.words) <= 2 {
			continue
		}
		if len(enumerated(*it)) > 1 { // what it defines it does not mention
			it.words = slices.DeleteFunc(it.words, func(w string) bool { return slices.Contains(it.names, w) })
		}
		it.key, it.tokens = "", nil // which only a changed header is compared by
		p := &placed{it, file}
		for _, w := range it.words {
			s.items[w] = append(s.items[w], p)
		}
		if it.macro && it.pastes {
			s.markPastes(it)
		}
	}
}

// withoutNumbers leaves out of a text the macros that are plain numbers, of which some headers have a hundred thousand.
func withoutNumbers(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if rest, is := strings.CutPrefix(line, "#define "); !is || !plainNumber(rest) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// plainNumber reports whether what stands behind #define is a name and a number on one line.
func plainNumber(rest string) bool {
	fields := strings.Fields(rest)
	if len(fields) != 2 || strings.Contains(fields[0], "(") {
		return false
	}
	number := strings.Trim(fields[1], "()")
	return number != "" && number[0] >= '0' && number[0] <= '9' && !strings.ContainsFunc(number, func(r rune) bool {
		return r >= 0x80 || !isWord(byte(r))
	})
}

// taint marks what an item defines as something else.
func (s *spread) taint(file string, it *item) {
	if it.wild != "" {
		s.markWild(file, it.wild)
	}
	for _, name := range it.names {
		if !s.names[name] {
			s.names[name] = true
			s.todo = append(s.todo, name)
		}
	}
}

func (s *spread) markWild(file, why string) {
	if s.wild[file] == "" {
		s.wild[file] = why
	}
}

// mostNames is how many names are followed: a change that spreads to more is in every file.
const mostNames = 2000

// lost reports whether the change has spread to so many names that these tell nothing.
func (s *spread) lost() bool { return len(s.names) > mostNames }

// run follows all names to their end, unless it is lost.
func (s *spread) run() {
	for len(s.todo) > 0 && !s.lost() {
		name := s.todo[len(s.todo)-1]
		s.todo = s.todo[:len(s.todo)-1]
		for _, p := range s.items[name] {
			s.reachItem(p)
		}
		pieces(name, func(a, b string) {
			for _, p := range s.pasting[a] {
				s.pair(p, b)
			}
			for _, p := range s.pasting[b] {
				s.pair(p, a)
			}
		})
	}
}

// reachItem marks what an item defines, since it mentions what is changed.
func (s *spread) reachItem(p *placed) {
	if !s.done[p.item] {
		s.done[p.item] = true
		s.taint(p.file, p.item)
	}
}

// mentioned reports whether a file's own text mentions what is changed, whole or in pieces.
func (s *spread) mentioned(text string) bool {
	has := wordsOf(text)
	for w := range has {
		if s.names[w] {
			return true
		}
		for rest := range s.pairs[w] {
			if has[rest] {
				return true
			}
		}
	}
	if !strings.Contains(text, "##") && !slices.ContainsFunc(mapKeys(has), func(w string) bool { return s.pastes[w] }) {
		return false
	}
	for name := range s.names {
		found := false
		pieces(name, func(a, b string) {
			if has[a] && has[b] {
				found = true
			} else if has[a] {
				pieces(b, func(c, d string) { found = found || has[c] && has[d] })
			}
		})
		if found {
			return true
		}
	}
	return false
}

func mapKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// wordsOf returns all words of a text, those of directives as well but for names of files.
func wordsOf(text string) map[string]bool {
	out := make(map[string]bool)
	for _, t := range lex(text) {
		if t.kind == directive && strings.HasPrefix(t.keyword(), "include") {
			continue
		}
		for _, w := range words(t) {
			out[strings.Trim(w, "$")] = true // in assembly that marks a number
		}
	}
	return out
}
