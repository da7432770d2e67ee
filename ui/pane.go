// SPDX-License-Identifier: GPL-2.0-only

package ui

import "strings"

// look is what every view needs to know of how to draw.
type skin struct {
	styles
	glyphs
}

// pane is one part of the screen. The root model gives it its size and the picture; it keeps its cursor.
type pane interface {
	// Title is what stands in its rule.
	Title() string
	// SetSize gives it the lines below its title.
	SetSize(w, h int, zoomed bool)
	// SetPicture shows p, which is nil while no patch is in hand.
	SetPicture(p *picture)
	// View returns at most as many lines as its height.
	View(focused bool) []string
	// Want is how many lines it could use, Least how few it can be drawn in.
	Want(focused bool) int
	Least() int
	// Table is its list.
	Table() *table
}

// The panes in their order; the keys 1 to 4 name them.
const (
	panePatches = iota
	paneDashboard
	paneHolders
	paneLog
	paneCount
)

// titleLine draws a pane's title into a rule.
func (l skin) titleLine(number int, p pane, width int, focused bool) string {
	rule, style, mark := l.rule, l.Title, " "
	if focused {
		rule, style, mark = l.focusRule, l.Focus, ">"
	}
	title := mark + string(rune('1'+number)) + " " + p.Title() + " "
	title = fit(title, min(width, len([]rune(title))), false, l.ellipsis)
	return style.Render(rule + title + strings.Repeat(rule, max(0, width-1-len([]rune(title)))))
}
