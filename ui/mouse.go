// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The mouse does nothing that no key does. A click never answers a question, and opens no patch.

// wheelStep is how many lines the wheel moves.
const wheelStep = 3

// pointed reports whether the mouse acts on what is on the screen: a question, a line that is typed and the help page
// have keys only.
func (m *Model) pointed() bool {
	return m.opts.Mouse && m.dialog == nil && m.prompt == promptNone && !m.helping && !m.tooSmall()
}

// click gives the pane under the pointer the focus and chooses the row there. On the row that is chosen already it does
// what enter does. In the timeline of a recording it seeks.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft {
		return nil
	}
	if m.prompt == promptPalette && m.opts.Mouse && m.dialog == nil && !m.tooSmall() {
		return m.clickPalette(msg.Y)
	}
	if !m.pointed() {
		return nil
	}
	m.notice = notice{}
	at, ok := m.placeAt(msg.X, msg.Y)
	switch {
	case !ok:
		return m.clickBar(msg.X, msg.Y)
	case at.pane == paneStrip:
		return m.clickStrip(at, msg.X, msg.Y)
	}
	had := m.focus == at.pane
	row, ok := m.rowAt(at, msg.X, msg.Y)
	if !had {
		m.goTo(at.pane)
	}
	if !ok {
		return nil
	}
	t := m.table()
	if had && row == t.cursor {
		return m.enter()
	}
	t.move(row - t.cursor)
	return nil
}

// rowAt returns which row of a pane's list is drawn at a cell, and false where none is.
func (m *Model) rowAt(at place, x, y int) (int, bool) {
	if at.pane == paneStrip || !at.inner.holds(x, y) || m.pageOpen() {
		return 0, false
	}
	t, focused := m.panes[at.pane].Table(), at.pane == m.focus
	return t.rowIn(m.panes[at.pane].View(focused), t.view(m.skin.styles, m.skin.glyphs, focused), y-at.inner.y)
}

// rowIn returns which row is drawn in a line of a pane that drew the table as list somewhere among its lines.
func (t *table) rowIn(lines, list []string, line int) (int, bool) {
	for from := range lines {
		if to := from + len(list); to > len(lines) || !slices.Equal(lines[from:to], list) {
			continue
		}
		line, end := line-from, len(list)
		if !t.bare {
			line, end = line-1, end-1
		}
		return t.rowAtLine(line), line >= 0 && line < end
	}
	return 0, false
}

// clickPalette chooses an action, and does the one that is chosen already.
func (m *Model) clickPalette(y int) tea.Cmd {
	t := &m.palette
	m.paletteLines() // which gives the list its size
	list := t.view(m.skin.styles, m.skin.glyphs, true)
	row, ok := t.rowIn(list, list, y-m.whole().inner.y)
	switch {
	case !ok:
		return nil
	case row == t.cursor:
		return m.paletteKey(pressOf("enter"))
	}
	t.move(row - t.cursor)
	return nil
}

// clickStrip seeks in a recording to where the timeline was clicked.
func (m *Model) clickStrip(at place, x, y int) tea.Cmd {
	t := m.stripTime()
	column := x - at.inner.x - gutter - 1
	if m.player() == nil || !at.inner.holds(x, y) || column < 0 || column >= t.cols {
		return nil
	}
	from, span := m.strip.span(t)
	return m.seekTo(from + timeOf(column, span, t.cols))
}

// clickBar seeks to where the bar below the panes was clicked, which stands for a timeline that has no room.
func (m *Model) clickBar(x, y int) tea.Cmd {
	if m.player() == nil || y != m.positionRow() {
		return nil
	}
	cols := m.barRoom()
	column := x - (ansi.StringWidth(m.positionLine()) - 1 - cols)
	if cols < leastBar || m.stripHeight() > 0 || column < 0 || column >= cols {
		return nil
	}
	return m.seekTo(timeOf(column, m.position.Length, cols))
}

// timeOf returns a time in a column: in the first one the beginning, in the last one the end.
func timeOf(column int, span time.Duration, cols int) time.Duration {
	return span * time.Duration(column) / time.Duration(max(1, cols-1))
}

// wheel scrolls what is under the pointer.
func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	by := wheelStep
	switch msg.Button {
	case tea.MouseWheelUp:
		by = -wheelStep
	case tea.MouseWheelDown:
	default:
		return nil
	}
	if m.prompt == promptPalette && m.opts.Mouse && m.dialog == nil {
		m.palette.move(by)
		return nil
	}
	if !m.pointed() {
		return nil
	}
	at, ok := m.placeAt(msg.X, msg.Y)
	switch {
	case !ok:
	case at.pane == paneStrip:
		return m.moveStrip(0, by/wheelStep)
	case m.pageOpen():
		m.patches.page.scroll(by)
	case m.stackIsOpen() && !m.inList(at, msg.X, msg.Y):
		m.holders.stack.from += by
	default:
		m.panes[at.pane].Table().move(by)
	}
	return nil
}

// inList reports whether a cell shows the list of its pane, and not what is below or above that.
func (m *Model) inList(at place, x, y int) bool {
	_, ok := m.rowAt(at, x, y)
	return ok
}
