// SPDX-License-Identifier: GPL-2.0-only

package ui

import "strings"

// skin is how a view draws: its colours and its glyphs.
type skin struct {
	styles
	glyphs
}

// pane is one part of the screen. The model gives it its size and the picture; the pane keeps its own cursor.
type pane interface {
	// Title returns the pane's name, and Count what it lists: how many of how many, and in which order.
	Title() string
	Count() string
	// SetSize sets the size in columns and lines, without the title's line and the frame.
	SetSize(w, h int, zoomed bool)
	// SetPicture shows p, which is nil while no patch is in hand.
	SetPicture(p *picture)
	// View returns the lines to draw, no more than the height.
	View(focused bool) []string
	// Want returns how many lines the pane can use, Least how few it needs.
	Want(focused bool) int
	Least() int
	// Table returns the pane's list.
	Table() *table
}

// The panes in their order; the keys 1 to 6 name them.
const (
	panePatches = iota
	paneDashboard
	paneHolders
	paneLog
	panePrograms
	paneFixes
	paneCount
)

// paneTitle returns a pane's number and name. A sign says which pane the keys go to, not only the colour.
func (sk skin) paneTitle(number int, focused bool, name string) string {
	mark := ""
	if focused {
		mark = ">"
	}
	return mark + string(rune('1'+number)) + " " + name
}

// titleLine draws a pane's title and what it lists into a rule.
func (sk skin) titleLine(title, note string, width int, focused bool) string {
	rule, style, mark := sk.rule, sk.Title, " "
	if focused {
		rule, style, mark = sk.focusRule, sk.Focus, ""
	}
	title = mark + strings.TrimRight(title+" "+note, " ") + " "
	title = fit(title, min(width, len([]rune(title))), false, sk.ellipsis)
	return style.Render(rule + title + strings.Repeat(rule, max(0, width-1-len([]rune(title)))))
}

// table returns the list of the focused pane.
func (m *Model) table() *table { return m.panes[m.focus].Table() }
