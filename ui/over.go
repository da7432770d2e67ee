// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// What lies over the panes, or takes their place.

// askMargin is how many columns of the panes are left at both sides of a framed question.
const askMargin = 3

// ask draws the open question over the lower panes, so that the counts stay in sight.
func (m *Model) ask(lines []string) {
	if !m.framed() {
		box := m.ruledQuestion()
		copy(lines[max(0, len(lines)-len(box)):], box)
		return
	}
	box := m.framedQuestion()
	top := max(0, len(lines)-len(box)-1) // the frame below it stays closed
	for i, line := range box {
		below := fit(lines[top+i], m.width, false, "")
		lines[top+i] = ansi.Truncate(below, askMargin, "") + line + ansi.TruncateLeft(below, m.width-askMargin, "")
	}
}

// ruledQuestion returns the question between two rules.
func (m *Model) ruledQuestion() []string {
	rule := m.skin.Warn.Render(strings.Repeat(m.skin.focusRule, m.width))
	return slices.Concat([]string{rule}, m.questionLines(m.width-4, m.body()-2), []string{rule})
}

// framedQuestion returns the question in a frame, which has the colour of what needs an answer.
func (m *Model) framedQuestion() []string {
	w := m.width - 2*askMargin
	text := m.questionLines(w-6, m.body()-3)
	for i := range text {
		text[i] = " " + text[i]
	}
	style := m.skin.Warn.Render
	return m.skin.box(w, "Question", "", m.skin.edges(true), style, style, text)
}

// questionLines returns the text of the question in lines of so many columns and with a sign before each. A question
// that is too long loses its middle: its first line and how to answer stay.
func (m *Model) questionLines(width, room int) []string {
	var lines []string
	for _, text := range m.dialog.Lines(m.skin) {
		for _, line := range wrap(text, width) {
			lines = append(lines, m.skin.Warn.Render("!")+"  "+line)
		}
	}
	if len(lines) > room {
		const kept = 2 // lines at the end
		cut := m.skin.Warn.Render("!") + "  " + m.skin.ellipsis
		lines = slices.Concat(lines[:max(1, room-kept-1)], []string{cut}, lines[len(lines)-kept:])
	}
	return lines
}

// helpLines draws the help page.
func (m *Model) helpLines() []string {
	k := m.keys
	back := k.Help.Help().Key + ", " + k.Quit.Help().Key + " or " + k.Back.Help().Key + " goes back"
	if !m.framed() {
		head := m.skin.Bold.Render("Keys") + "  (" + back + ")"
		return append([]string{head}, m.helpPage()...)
	}
	lines := m.helpPage()
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return m.drawn(m.whole(), "Keys", back, true, lines)
}
