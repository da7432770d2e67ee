// SPDX-License-Identifier: GPL-2.0-only

package ui

const (
	defaultWidth, defaultHeight = 80, 24 // a serial line says 0x0
	leastWidth, leastHeight     = 60, 16
	headLines                   = 5  // title, state, two of the sentence, next
	footLines                   = 1  // keys
	allPanesHeight              = 30 // lines from which all panes are shown
	logLines                    = 3  // of the log, from the default height on
)

func (m *Model) setSize(w, h int) {
	if w <= 0 || h <= 0 {
		w, h = defaultWidth, defaultHeight
	}
	m.width, m.height = w, h
	if m.tooSmall() {
		m.dialog = nil // a question that can no longer be read is no question
	}
	m.filter.SetWidth(max(1, w-20))
	m.arrange()
}

func (m *Model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// body is how many lines the panes share.
func (m *Model) body() int { return max(0, m.height-headLines-footLines-m.extraLines()) }

// extraLines are those that are not always there: the one of the notice or the filter, the summary of what is hidden.
func (m *Model) extraLines() int {
	n := 0
	if m.hasNoticeLine() {
		n++
	}
	if m.hasSummary() {
		n++
	}
	return n
}

// hasNoticeLine tells whether there is a line for the notice or the filter: from the default height on always, so that the
// panes do not jump when a notice comes or goes.
func (m *Model) hasNoticeLine() bool {
	return m.notice.text != "" || m.filtering || m.height >= defaultHeight
}

// hasSummary tells whether a line stands for the panes that one pane hides: the catalogue does on a low screen, or there
// would be no room for why a patch cannot be applied.
func (m *Model) hasSummary() bool {
	return m.live != nil && (m.zoomed || m.focus == panePatches && m.height < defaultHeight)
}

// visible are the panes that are drawn, from the top.
func (m *Model) visible() []int {
	if m.zoomed {
		return []int{m.focus}
	}
	if m.focus == panePatches && (m.live == nil || m.height < defaultHeight) {
		return []int{panePatches}
	}
	panes := []int{paneDashboard, paneHolders}
	if m.focus == panePatches || m.height >= allPanesHeight {
		panes = append([]int{panePatches}, panes...)
	}
	if m.focus != panePatches || m.height > defaultHeight {
		panes = append(panes, paneLog)
	}
	return panes
}

// arrange gives every pane its lines.
func (m *Model) arrange() {
	for i, h := range m.heights() {
		m.panes[i].SetSize(m.width, h, m.zoomed && i == m.focus)
	}
}

// heights shares the body out: each visible pane gets its title and the least it can be drawn in, then the
// focused one what it wants, then the others in their order, and the last one the rest.
func (m *Model) heights() map[int]int {
	visible := m.visible()
	heights := map[int]int{}
	left := m.body()
	for _, i := range visible {
		heights[i] = m.panes[i].Least()
		if i == paneLog && m.height >= defaultHeight {
			heights[i] = logLines
		}
		left -= 1 + heights[i]
	}
	if left < 0 && heights[paneLog] > 0 && m.focus != paneLog { // too much to show: the log goes first
		left += heights[paneLog]
		heights[paneLog] = 0
	}
	for left < 0 { // then the largest shrinks
		largest := visible[0]
		for _, i := range visible {
			if heights[i] > heights[largest] {
				largest = i
			}
		}
		heights[largest]--
		left++
	}
	order := append([]int{m.focus}, visible...)
	for _, i := range order {
		if _, ok := heights[i]; !ok {
			continue
		}
		more := max(0, min(left, m.panes[i].Want(i == m.focus)-heights[i]))
		heights[i] += more
		left -= more
	}
	if h, ok := heights[paneDashboard]; ok && !m.zoomed { // what it cannot use goes to the holders
		spare := h - min(h, m.dashboard.usable(h))
		heights[paneDashboard] -= spare
		heights[paneHolders] += spare
	}
	heights[visible[len(visible)-1]] += left
	return heights
}
