// SPDX-License-Identifier: GPL-2.0-only

package ui

import "spotos/session"

// stackSearch searches the stacks of the holders in the list, one after the other.
type stackSearch struct {
	*holdersPane
	places []framePlace
}

// framePlace is a frame of a holder's stack.
type framePlace struct {
	row, frame int
	pid        string
	text       string
}

// inStacks returns the search in the stacks of the holders that the list shows.
func (h *holdersPane) inStacks() *stackSearch {
	byID := make(map[string]session.Holder, len(h.list))
	for _, holder := range h.list {
		byID[holderID(holder)] = holder
	}
	s := &stackSearch{holdersPane: h}
	for row, r := range h.table.rows {
		holder := byID[r.id]
		for i, frame := range holder.Stack {
			s.places = append(s.places, framePlace{row, i, stackOf(holder), frame})
		}
	}
	return s
}

func (s *stackSearch) texts() []string {
	texts := make([]string, len(s.places))
	for i, p := range s.places {
		texts[i] = p.text
	}
	return texts
}

// at returns the frame that was found last, or the first of the holder under the cursor.
func (s *stackSearch) at() int {
	for i, p := range s.places {
		if p.row == s.table.cursor && (p.pid != s.stack.of || p.frame >= s.stack.mark-1) {
			return i
		}
	}
	return 0
}

// to goes to the holder, and to the frame in its stack.
func (s *stackSearch) to(i int) {
	p := s.places[i]
	s.table.move(p.row - s.table.cursor)
	if s.stack.of != p.pid {
		s.stack = stackView{of: p.pid, room: s.stack.room, found: s.stack.found}
	}
	s.stack.mark = p.frame + 1
	if room := max(1, s.stack.room); p.frame < s.stack.from || p.frame >= s.stack.from+room {
		s.stack.from = max(0, p.frame-room/3)
	}
}

func (s *stackSearch) show(found string) {
	s.stack.found = found
	if found == "" {
		s.stack.mark = 0
	}
}
