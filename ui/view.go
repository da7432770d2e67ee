// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// View draws the screen. Bracketed paste stays on, as Bubble Tea has it: a paste then comes as a message of its own,
// and not as keys.
func (m *Model) View() tea.View {
	v := tea.NewView(strings.Join(m.lines(), "\n"))
	v.AltScreen = true
	if m.opts.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if m.prompt != promptNone && !m.tooSmall() {
		v.Cursor = tea.NewCursor(m.input.Position()+1, m.positionRow())
		v.Cursor.Blink = false
	}
	return v
}

// lines returns the screen's lines. None is wider than the screen.
func (m *Model) lines() []string {
	if m.tooSmall() {
		return m.tooSmallLines()
	}
	lines := m.header()
	if m.hasSummary() {
		lines = append(lines, m.summary())
	}
	lines = append(lines, m.bodyLines()...)
	switch {
	case m.prompt != promptNone:
		lines = append(lines, m.promptLine())
	case m.hasNoticeLine():
		lines = append(lines, m.noticeLine())
	}
	lines = append(lines, m.keyLine())
	lines = append(lines, m.captionLines()...)
	for i, line := range lines {
		lines[i] = strings.TrimRight(fit(line, m.width, false, m.skin.ellipsis), " ")
	}
	return lines
}

// tooSmallLines returns the size needed, and the question of quitting if it is open.
func (m *Model) tooSmallLines() []string {
	text := fmt.Sprintf("Needs %dx%d, has %dx%d. %s quits.", leastWidth, leastHeight,
		m.width, m.height, m.keys.Quit.Help().Key)
	if m.dialog != nil {
		text = strings.Join(m.dialog.Lines(m.skin), " ")
	}
	lines := wrap(text, m.width)
	return lines[:min(len(lines), m.height)]
}

// bodyLines draws the panes or the help page, and the open question over their lower part.
func (m *Model) bodyLines() []string {
	body := m.body()
	var lines []string
	switch {
	case m.prompt == promptPalette:
		lines = m.paletteLines()
	case m.helping:
		lines = m.helpLines()
	default:
		lines = m.paneLines()
	}
	for len(lines) < body {
		lines = append(lines, "")
	}
	lines = lines[:body]
	if m.dialog != nil {
		m.ask(lines)
	}
	return lines
}

// paneLines draws the panes and the timeline, each in its place.
func (m *Model) paneLines() []string {
	lines := make([]string, m.body())
	top := m.bodyTop()
	for _, p := range m.places() {
		for i, line := range m.placeLines(p) {
			lines[p.outer.y-top+i] += line
		}
	}
	return lines
}

// placeLines draws one place, with its title.
func (m *Model) placeLines(p place) []string {
	title, note, focused := "", "", p.pane == m.focus
	var view []string
	if p.pane == paneStrip {
		title, note, view = m.strip.draw(m.stripTime(), p.inner.h)
	} else {
		title, note = m.skin.paneTitle(p.pane, focused, m.panes[p.pane].Title()), m.panes[p.pane].Count()
		view = m.panes[p.pane].View(focused)
	}
	return m.drawn(p, title, note, focused, view)
}

// drawn returns the lines of a place: what is in it, with a title, and with a frame where there are any.
func (m *Model) drawn(p place, title, note string, focused bool, view []string) []string {
	switch {
	case m.framed():
		return m.skin.frame(p.outer.w, p.outer.h, title, note, focused, view)
	case p.pane == paneStrip:
		return append([]string{m.skin.ruled(" "+title+" ", " "+note+" ", p.outer.w)}, view...)
	}
	view = append([]string{m.skin.titleLine(title, note, p.outer.w, focused)}, view...)
	return view[:min(len(view), p.outer.h)]
}

// noticeLine draws the notice, and in a recording the position where the notice leaves room for it.
func (m *Model) noticeLine() string {
	text := m.notice.text
	if text == "" && m.player() != nil {
		return m.positionLine()
	}
	switch m.notice.tone {
	case toneBad:
		text = m.skin.warn + " Error: " + text
	case toneWarn:
		text = m.skin.warn + " " + text
	}
	text = cut(text, m.width, m.skin.ellipsis)
	gap := 0
	if m.player() != nil {
		gap = m.width - ansi.StringWidth(text) - len(m.positionText())
	}
	text = paint(m.notice.tone, m.skin.styles, text)
	if gap > 1 {
		text += strings.Repeat(" ", gap) + m.positionText()
	}
	return text
}
