// SPDX-License-Identifier: GPL-2.0-only

package ui

import "slices"

const (
	defaultWidth, defaultHeight = 80, 24 // where the terminal has no size: a serial line reports 0x0
	leastWidth, leastHeight     = 60, 16
	headLines                   = 5  // title, state, two lines of the sentence, next
	footLines                   = 1  // keys
	allPanesHeight              = 30 // screens of at least this height show all panes
	allFramedHeight             = 36 // the same, where panes have frames
	logLines                    = 3  // minimum of the log on screens of the default height or more
)

// setSize takes the terminal's size over and lays the panes out.
func (m *Model) setSize(w, h int) {
	if w <= 0 || h <= 0 {
		w, h = defaultWidth, defaultHeight
	}
	m.width, m.height = w, h
	if m.tooSmall() {
		m.dialog = nil // nobody can answer a question that cannot be read
	}
	m.input.SetWidth(max(1, w-20))
	m.arrange()
	m.arrange() // how many lines a pane wants can depend on the width that it was given
}

// tooSmall reports whether the screen has no room for the console.
func (m *Model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// body returns how many lines the panes share.
func (m *Model) body() int { return max(0, m.height-headLines-footLines-m.extraLines()) }

// extraLines counts the lines that are not always there: the notice or the filter, the summary of hidden panes, and the
// captions.
func (m *Model) extraLines() int {
	n := m.captionHeight()
	if m.hasNoticeLine() {
		n++
	}
	if m.hasSummary() {
		n++
	}
	return n
}

// hasNoticeLine reports whether a line is reserved for the notice or the filter. From the default height on it always
// is, so that the panes do not jump when a notice comes or goes. In a recording it says the position.
func (m *Model) hasNoticeLine() bool {
	return m.notice.text != "" || m.prompt != promptNone || m.height >= defaultHeight || m.player() != nil
}

// hasSummary reports whether a line summarizes the panes that one pane hides. On a low screen the catalogue hides
// them all: otherwise there would be no room for the reason why a patch cannot be applied.
func (m *Model) hasSummary() bool {
	return m.live != nil && (m.zoomed || m.focus == paneFixes || m.focus == panePatches && m.height < defaultHeight)
}

// visible returns the panes that are drawn, from the top.
func (m *Model) visible() []int {
	if m.zoomed || m.focus == paneFixes {
		return []int{m.focus}
	}
	if m.focus == panePatches && (m.live == nil || m.height < defaultHeight) {
		return []int{panePatches}
	}
	if m.wide() && slices.Contains(sidePanes, m.focus) {
		return sidePanes
	}
	if m.squeezed() {
		return m.besideStrip()
	}
	if panes := m.besideHolders(); panes != nil {
		return panes
	}
	if m.focus == panePrograms { // it stands for the holders and the log
		return []int{paneDashboard, panePrograms}
	}
	panes := []int{paneDashboard, paneHolders}
	high := allPanesHeight
	if m.framed() {
		high = allFramedHeight
	}
	if m.focus == panePatches || m.height >= high {
		panes = append([]int{panePatches}, panes...)
	}
	switch {
	case m.holders.stuck() && m.height < defaultHeight && m.focus != paneLog: // the card needs its lines
	case m.focus != panePatches || m.height > defaultHeight:
		panes = append(panes, paneLog)
	}
	return panes
}

// besideStrip returns the panes that are drawn where the timeline takes the place of the others: the pane in hand, and
// above or below it the counts and who holds them.
func (m *Model) besideStrip() []int {
	switch {
	case m.height < defaultHeight:
		return []int{m.focus}
	case m.focus == paneDashboard:
		return []int{paneDashboard, paneHolders}
	case m.focus == panePatches:
		return []int{panePatches, paneDashboard}
	}
	return []int{paneDashboard, m.focus}
}

// arrange gives every pane its lines.
func (m *Model) arrange() {
	m.patches.wide = m.wide() && m.live != nil
	for _, p := range m.places() {
		if p.pane != paneStrip {
			m.panes[p.pane].SetSize(p.inner.w, p.inner.h, m.zoomed && p.pane == m.focus)
		}
	}
}

// heights shares lines out among panes: each gets its title and the least it can be drawn in, then the focused one
// what it wants, then the others in their order, and the last one the rest.
func (m *Model) heights(visible []int, left int) map[int]int {
	heights := map[int]int{}
	for _, i := range visible {
		heights[i] = m.panes[i].Least()
		if i == paneLog && m.height >= defaultHeight {
			heights[i] = logLines
		}
		left -= m.chrome() + heights[i]
	}
	if left < 0 && heights[paneLog] > 0 && m.focus != paneLog { // too much to show: the log goes first
		left += heights[paneLog]
		heights[paneLog] = 0
	}
	for left < 0 { // then the largest shrinks, but not who stands in the way
		largest := visible[0]
		for _, i := range visible {
			if heights[i] > heights[largest] && (i != paneHolders || !m.holders.stuck()) {
				largest = i
			}
		}
		heights[largest]--
		left++
	}
	order := append([]int{m.focus}, visible...)
	if m.holders.stuck() || m.besideHolders() != nil { // who stands in the way is asked first
		order = append([]int{paneHolders}, order...)
	}
	for _, i := range order {
		if _, ok := heights[i]; !ok {
			continue
		}
		more := max(0, min(left, m.panes[i].Want(i == m.focus)-heights[i]))
		heights[i] += more
		left -= more
	}
	if h, ok := heights[paneDashboard]; ok && !m.zoomed { // what it cannot use goes to the pane below
		spare := h - min(h, m.dashboard.usable(h))
		heights[paneDashboard] -= spare
		below := min(slices.Index(visible, paneDashboard)+1, len(visible)-1)
		heights[visible[below]] += spare
	}
	heights[visible[len(visible)-1]] += left
	return heights
}
