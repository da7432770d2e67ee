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
	holder     session.Holder
}

// inStacks returns the search in the stacks of the holders that the list shows.
func (h *holdersPane) inStacks() *stackSearch {
	s := &stackSearch{holdersPane: h}
	for row, r := range h.table.rows {
		holder, _ := h.of(r)
		for i := range holder.Stack {
			s.places = append(s.places, framePlace{row, i, holder})
		}
	}
	return s
}

func (s *stackSearch) texts() []string {
	texts := make([]string, len(s.places))
	for i, p := range s.places {
		texts[i] = p.holder.Stack[p.frame]
	}
	return texts
}

// at returns the frame that was found last, or the first of the holder under the cursor.
func (s *stackSearch) at() int {
	for i, p := range s.places {
		if p.row == s.table.cursor && (stackOf(p.holder) != s.stack.of || p.frame >= s.stack.mark-1) {
			return i
		}
	}
	return 0
}

// to goes to the holder, and to the frame in its stack.
func (s *stackSearch) to(i int) {
	p := s.places[i]
	s.table.move(p.row - s.table.cursor)
	if of := stackOf(p.holder); s.stack.of != of {
		s.stack = stackView{of: of, room: s.stack.room, found: s.stack.found}
	}
	s.stack.mark = p.frame + 1
	line := s.frameAt(p.holder, p.frame)
	if room := max(1, s.stack.room); line < s.stack.from || line >= s.stack.from+room {
		s.stack.from = max(0, line-room/3)
	}
}

func (s *stackSearch) show(found string) {
	s.stack.found = found
	if found == "" {
		s.stack.mark = 0
	}
}
