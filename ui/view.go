// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
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
		v.Cursor = tea.NewCursor(m.input.Position()+1, m.height-footLines-1-m.captionHeight())
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
		box := m.dialogLines()
		copy(lines[max(0, body-len(box)):], box)
	}
	return lines
}

// paneLines draws the panes and the timeline, each below its title.
func (m *Model) paneLines() []string {
	var lines []string
	for _, p := range m.places() {
		if p.pane == paneStrip {
			lines = append(lines, m.strip.lines(m.stripTime(), p.outer.w, p.outer.h)...)
			continue
		}
		focused := p.pane == m.focus
		lines = append(lines, m.skin.titleLine(p.pane, m.panes[p.pane], p.outer.w, focused))
		view := m.panes[p.pane].View(focused)
		for len(view) < p.inner.h {
			view = append(view, "")
		}
		lines = append(lines, view[:p.inner.h]...)
	}
	return lines
}

// dialogLines frames the question. It is drawn over the lower panes, so that the counts stay in sight. A question
// that is too long loses its middle: its first line and how to answer stay.
func (m *Model) dialogLines() []string {
	rule := m.skin.Warn.Render(strings.Repeat(m.skin.focusRule, m.width))
	var lines []string
	for _, text := range m.dialog.Lines(m.skin) {
		for _, line := range wrap(text, m.width-4) {
			lines = append(lines, m.skin.Warn.Render("!")+"  "+line)
		}
	}
	if room := m.body() - 2; len(lines) > room {
		const kept = 2 // lines at the end
		cut := m.skin.Warn.Render("!") + "  " + m.skin.ellipsis
		lines = slices.Concat(lines[:max(1, room-kept-1)], []string{cut}, lines[len(lines)-kept:])
	}
	return slices.Concat([]string{rule}, lines, []string{rule})
}

func (m *Model) helpLines() []string {
	head := m.skin.Bold.Render("Keys") + "  (" + m.keys.Help.Help().Key + ", " + m.keys.Quit.Help().Key +
		" or " + m.keys.Back.Help().Key + " goes back)"
	return append([]string{head}, m.helpPage()...)
}

func (m *Model) noticeLine() string {
	text := m.notice.text
	switch m.notice.tone {
	case toneBad:
		text = m.skin.warn + " Error: " + text
	case toneWarn:
		text = m.skin.warn + " " + text
	}
	return paint(m.notice.tone, m.skin.styles, cut(text, m.width, m.skin.ellipsis))
}

// keyLine returns the keys of the moment; like the help page it is made from the key map.
func (m *Model) keyLine() string {
	switch {
	case m.prompt != promptNone:
		return m.promptKeys()
	case m.dialog != nil:
		return m.skin.Faint.Render("A question is open: answer it first.")
	}
	keys := m.keys.general()
	if m.player() != nil {
		keys = m.keys.playing()
	}
	switch {
	case m.focus == paneFixes:
		keys = m.fixKeys()
	case m.pageOpen():
		keys = m.pageKeys()
	}
	if m.focus == panePrograms && m.player() == nil {
		keys = append(keysOf(m.keys.Programs), keys...)
	}
	if m.zoomed && !m.pageOpen() {
		keys = append(keysOf(m.keys.Back), keys...)
	}
	if m.search.active() {
		keys = append(m.foundKeys(), slices.DeleteFunc(keys, func(b key.Binding) bool {
			return b.Help().Key == m.keys.Search.Help().Key
		})...)
	}
	line := m.help.ShortHelpView(keys)
	for ansi.StringWidth(line) > m.width { // help and quit come last and stay
		keys = slices.Delete(keys, len(keys)-3, len(keys)-2)
		line = m.help.ShortHelpView(keys)
	}
	return line
}

// fixKeys returns the keys in the key line of the fixes.
func (m *Model) fixKeys() []key.Binding {
	k := m.keys
	as := func(b key.Binding, desc string) key.Binding {
		b.SetHelp(b.Help().Key, desc)
		return b
	}
	switch {
	case m.fixer() == nil:
		return keysOf(k.Back, k.NextPane, k.Help, k.Quit)
	case m.job.underWay():
		return keysOf(as(k.Back, "cancel"), k.NextPane, k.Filter, k.Sort, k.Help, k.Quit)
	case len(m.fixes.list.Fixes) == 0:
		return keysOf(as(k.Fixes, "list them"), k.Back, k.NextPane, k.Help, k.Quit)
	}
	return keysOf(as(k.Enter, "build it"), k.Filter, k.Sort, as(k.Fixes, "list them again"), k.Back, k.NextPane, k.Help,
		k.Quit)
}
