// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// markPastes notes a macro that makes names of pieces.
func (s *spread) markPastes(it *item) {
	for _, name := range it.names {
		s.pastes[name] = true
	}
}

// markPasting finds the macros that make names of pieces by way of others, once all headers have been added.
func (s *spread) markPasting() {
	var todo []string
	for name := range s.pastes {
		todo = append(todo, name)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range s.items[name] {
			if !p.macro {
				continue
			}
			if !p.pastes {
				p.pastes = true
				for _, by := range p.names {
					if !s.pastes[by] {
						s.pastes[by] = true
						todo = append(todo, by)
					}
				}
			}
		}
	}
	for w, list := range s.items {
		for _, p := range list {
			if p.pastes && slices.Contains(p.pieces, w) {
				s.pasting[w] = append(s.pasting[w], p)
			}
		}
	}
}

// pair notes that a macro makes a changed name of a word, or of a name that can be made of smaller pieces by those who
// use it, and follows it to them.
func (s *spread) pair(p *placed, rest string) {
	for _, macro := range p.names {
		if s.pairs[macro][rest] {
			continue
		}
		if s.pairs[macro] == nil {
			s.pairs[macro] = make(map[string]bool)
		}
		s.pairs[macro][rest] = true
		for _, user := range s.items[macro] {
			if _, has := slices.BinarySearch(user.words, rest); has {
				s.reachItem(user)
			}
			if !user.macro {
				continue
			}
			s.pair(user, rest)
			for _, w := range user.pieces {
				if smaller, is := strings.CutPrefix(rest, w); is && smaller != "" {
					s.pair(user, smaller)
				}
				if smaller, is := strings.CutSuffix(rest, w); is && smaller != "" {
					s.pair(user, smaller)
				}
			}
		}
	}
}

// pieces cuts a name into a beginning and an end, in every way.
func pieces(name string, each func(a, b string)) {
	for i := 1; i < len(name); i++ {
		each(name[:i], name[i:])
	}
}
