// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// In a recording the operator sets marks of his own, and goes from one to the next. They stand on its timeline with
// what was recorded, and last as long as it is in hand.

// ownMarks returns where the operator has set marks, in the order of time.
func (t *timeline) ownMarks() []time.Duration {
	var at []time.Duration
	for _, m := range t.marks {
		if m.kind == markOwn {
			at = append(at, m.at)
		}
	}
	slices.Sort(at)
	return at
}

// setOwnMarks replaces them, and numbers them in the order of time.
func (t *timeline) setOwnMarks(at []time.Duration) {
	slices.Sort(at)
	t.marks = slices.DeleteFunc(t.marks, func(m mark) bool { return m.kind == markOwn })
	for i, at := range at {
		t.marks = append(t.marks, mark{at: at, kind: markOwn, text: fmt.Sprintf("mark %d", i+1)})
	}
	slices.SortStableFunc(t.marks, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
}

// toggleMark sets a mark at what is on the screen, or takes it away where there is one.
func (m *Model) toggleMark() {
	marks, here := m.recorded.ownMarks(), m.position.At
	if i := slices.Index(marks, here); i >= 0 {
		m.recorded.setOwnMarks(slices.Delete(marks, i, i+1))
		m.answer(fmt.Sprintf("The mark at %s is taken away.", minutes(here)))
		return
	}
	m.recorded.setOwnMarks(append(marks, here))
	m.answer(fmt.Sprintf("Mark %d is set at %s: %s goes from mark to mark.", slices.Index(m.recorded.ownMarks(), here)+1,
		minutes(here), m.keys.ToMark.Help().Key))
}

// toMark goes to the next mark; after the last one, to the first.
func (m *Model) toMark() tea.Cmd {
	marks, here := m.recorded.ownMarks(), m.position.At
	if len(marks) == 0 {
		m.refuse("No mark is set: " + m.keys.Mark.Help().Key + " sets one here.")
		return nil
	}
	i := max(0, slices.IndexFunc(marks, func(at time.Duration) bool { return at > here }))
	if marks[i] == here {
		m.refuse("It is at the only mark: " + m.keys.Mark.Help().Key + " sets another one elsewhere.")
		return nil
	}
	m.answer(fmt.Sprintf("At mark %d of %d, %s.", i+1, len(marks), minutes(marks[i])))
	return m.seekTo(marks[i])
}

// seekTo goes to a time of the recording.
func (m *Model) seekTo(at time.Duration) tea.Cmd {
	return m.playCmd(func(p session.Player) { p.Seek(at - p.Position().At) })
}
