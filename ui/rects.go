// SPDX-License-Identifier: GPL-2.0-only

package ui

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

// places returns which pane occupies which part of the screen, in the order in which they are drawn. A question, the
// help page or the palette may be drawn over them.
func (m *Model) places() []place {
	if m.tooSmall() {
		return nil
	}
	y := headLines
	if m.hasSummary() {
		y++
	}
	heights := m.heights()
	var list []place
	add := func(pane, lines int) {
		list = append(list, place{pane, rect{0, y, m.width, lines + 1}, rect{0, y + 1, m.width, lines}})
		y += lines + 1
	}
	for _, i := range m.visible() {
		add(i, heights[i])
	}
	if h := m.stripHeight(); h > 0 {
		add(paneStrip, h-1)
	}
	return list
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
