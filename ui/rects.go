// SPDX-License-Identifier: GPL-2.0-only

package ui

import "slices"

// rect is a part of the screen in cells; 0, 0 is the upper left corner.
type rect struct{ x, y, w, h int }

// holds reports whether a cell is in the rectangle.
func (r rect) holds(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// place is where a pane or the timeline is drawn.
type place struct {
	pane  int  // paneStrip is the timeline
	outer rect // with the title, and the frame if there is one
	inner rect // what the pane draws itself: its View's first line is the rectangle's first row
}

// paneStrip stands for the timeline where panes have their places. It is no pane: it has no list.
const paneStrip = -1

// columnsWidth is the least width of a screen whose panes stand in two columns.
const columnsWidth = 160

// places returns which pane occupies which part of the screen, in the order in which they are drawn. A question, the
// help page or the palette may be drawn over them.
func (m *Model) places() []place {
	if m.tooSmall() {
		return nil
	}
	top, lines := m.bodyTop(), m.body()-m.stripHeight()
	visible := m.visible()
	var list []place
	if left, right := m.columns(visible); right != nil {
		width := m.width * 11 / 20
		list = m.stack(list, left, rect{0, top, width, lines})
		list = m.stack(list, right, rect{width, top, m.width - width, lines})
	} else {
		list = m.stack(list, visible, rect{0, top, m.width, lines})
	}
	if h := m.stripHeight(); h > 0 {
		list = append(list, m.placed(paneStrip, rect{0, top + lines, m.width, h}))
	}
	return list
}

// bodyTop returns the first row below the header.
func (m *Model) bodyTop() int {
	if m.hasSummary() {
		return headLines + 1
	}
	return headLines
}

// chrome returns how many lines of a place are not the pane's own.
func (m *Model) chrome() int {
	if m.framed() {
		return 2
	}
	return 1
}

// stack places panes one below the other in a part of the screen.
func (m *Model) stack(list []place, panes []int, r rect) []place {
	heights := m.heights(panes, r.h)
	for _, i := range panes {
		r.h = heights[i] + m.chrome()
		list = append(list, m.placed(i, r))
		r.y += r.h
	}
	return list
}

// placed returns the place of a pane from what it occupies.
func (m *Model) placed(pane int, outer rect) place {
	inner := rect{outer.x, outer.y + 1, outer.w, outer.h - m.chrome()}
	if m.framed() {
		inner.x, inner.w = inner.x+1, inner.w-3 // a blank before the right side, as there is at the left
	}
	return place{pane, outer, inner}
}

// whole returns the place of what takes that of all panes: the help page and the list of actions.
func (m *Model) whole() place {
	return m.placed(paneStrip, rect{0, m.bodyTop(), m.width, m.body()})
}

// columns divides the panes of a wide screen; right is nil where they stand one below the other. What changes with each
// sample is on the left, what changes seldom on the right: between two changes in one line the renderer sends all.
func (m *Model) columns(visible []int) (left, right []int) {
	if !m.wide() || !slices.Equal(visible, sidePanes) {
		return visible, nil
	}
	return []int{paneDashboard, paneHolders}, []int{panePatches, paneLog}
}

// sidePanes are the panes that stand in two columns.
var sidePanes = []int{panePatches, paneDashboard, paneHolders, paneLog}

// wide reports whether panes stand in two columns.
func (m *Model) wide() bool { return m.width >= columnsWidth && m.framed() }

// needed returns how many lines some panes need at least.
func (m *Model) needed(visible []int) int {
	sum := func(panes []int) (n int) {
		for _, i := range panes {
			n += m.panes[i].Least() + m.chrome()
		}
		return n
	}
	left, right := m.columns(visible)
	return max(sum(left), sum(right))
}

// placeAt returns the place at a cell of the screen, and false where there is none.
func (m *Model) placeAt(x, y int) (place, bool) {
	for _, p := range m.places() {
		if p.outer.holds(x, y) {
			return p, true
		}
	}
	return place{}, false
}
