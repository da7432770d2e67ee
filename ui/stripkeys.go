// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// stripTime returns what the strip has to show: of a recording all, whatever of it has been played.
func (m *Model) stripTime() stripTime {
	p := m.shown
	t := stripTime{timeline: &p.timeline, now: p.timeline.last, names: p.functions(),
		cols: max(1, m.placed(paneStrip, rect{w: m.width}).inner.w-gutter-1)}
	if m.player() != nil && !m.recorded.start.IsZero() {
		t.timeline, t.now, t.length = &m.recorded, m.position.At, m.position.Length
	}
	if p.awaitsDeadline() {
		t.deadline = p.Armed.Time.Add(p.Armed.Timeout).Sub(t.start)
	}
	if r, ok := m.dashboard.table.selected(); ok {
		t.chosen = max(0, slices.Index(t.names, r.id))
	}
	return t
}

// stripHeight returns how many lines the strip has. On a large screen that depends on its size alone, so that nothing
// jumps; on a small one it is there once its keys are pressed.
func (m *Model) stripHeight() int {
	switch h := m.spareForStrip(); {
	case m.shown == nil, m.zoomed && (m.focus != paneDashboard || !m.framed()):
		return 0
	case m.zoomed: // a function's details are few lines, and its counts are in the timeline too
		return max(leastStrip, m.body()*3/5)
	case m.largeTimeline(): // but the counts, and who stands in the way, stay in sight
		beside := m.besideStrip()
		if m.wide() {
			beside = sidePanes
		}
		return max(leastStrip, min(m.body()*3/5, m.body()-m.needed(beside)))
	case m.largeHolders() && h > 0:
		return leastStrip
	case h > 0:
		return h
	case m.strip.open:
		return leastStrip
	}
	return 0
}

// spareForStrip returns how many lines a screen of this size has for the strip in any case; 0: none. Frames take lines,
// and panes in two columns need fewer.
func (m *Model) spareForStrip() int {
	h := (m.height - defaultHeight) * 2 / 3
	if m.framed() && m.width < columnsWidth {
		h = (m.height - defaultHeight) / 2
	}
	if h < leastStrip {
		return 0
	}
	return h
}

// squeezed reports whether the strip takes the place of panes.
func (m *Model) squeezed() bool {
	return m.stripHeight() > 0 && (m.spareForStrip() == 0 || m.largeTimeline())
}

// stripKey zooms and scrolls the timeline. Where it is not on the screen, the key puts it there. In a recording, to
// scroll is to seek.
func (m *Model) stripKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	zooms, scrolls := key.Matches(msg, m.keys.Zoom), key.Matches(msg, m.keys.Scroll)
	by := 1
	if slices.Contains([]string{"-", "<", "shift+,"}, msg.String()) {
		by = -1
	}
	switch {
	case zooms:
		return m.moveStrip(by, 0), true
	case scrolls:
		return m.moveStrip(0, by), true
	}
	return nil, false
}

// moveStrip zooms or scrolls the timeline; one of both is not 0.
func (m *Model) moveStrip(zoom, scroll int) tea.Cmd {
	switch {
	case m.shown == nil:
		m.refuse("No patch chosen: there is no timeline yet.")
	case scroll != 0 && m.player() != nil: // its bar is always on the screen
		_, span := m.strip.span(m.stripTime())
		return m.playCmd(func(p session.Player) { p.Seek(time.Duration(scroll) * span / 10) })
	case m.zoomed && m.stripHeight() == 0:
		m.refuse("The timeline is hidden: " + m.keys.Back.Help().Key + " shows it.")
	case m.stripHeight() == 0:
		m.strip.open = true
	default:
		m.strip.move(m.stripTime(), zoom, scroll)
	}
	return nil
}
