// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"math/bits"
	"time"

	"spotos/session"
)

const (
	leastStrip  = 6               // lines, with the title
	gutter      = 8               // columns left of the drawing
	firstSpan   = 5 * time.Second // that a watch begins with; see wholes
	leastReplay = time.Second     // that a recording shows
	// leastColumn is what a column of a watch stands for at least: samples are half a second apart.
	leastColumn = 250 * time.Millisecond
)

// strip draws the timeline below the panes. It is no pane: it has no list and no focus. What it shows moves only when
// the time comes to its end, by half of it, so that a sample changes little on the screen.
type strip struct {
	skin
	open     bool // on a screen that has no lines to spare for it
	zoom     int  // how many times the whole time is halved
	scrolled bool // it does not follow the present, but begins at:
	from     time.Duration
}

// stripTime is what the strip is to show.
type stripTime struct {
	*timeline
	now      time.Duration
	length   time.Duration // of the recording; 0 while it is a machine that is watched
	deadline time.Duration // 0: none is ahead
	chosen   int           // function, in the patch's order
	names    []string      // of the functions
	cols     int           // of the screen
}

// whole returns the time that zoom 0 shows.
func (t stripTime) whole() time.Duration {
	if t.length > 0 {
		return max(t.length, leastReplay)
	}
	return roundSpan(max(t.now-t.begin(), firstSpan-1))
}

// begin returns where the whole time begins: with what was seen or happened first. A watch takes a while to begin.
func (t stripTime) begin() time.Duration {
	switch {
	case t.length > 0 || !t.sampled:
		return 0
	case len(t.marks) > 0:
		return max(0, min(t.first, t.marks[0].at))
	}
	return max(0, t.first)
}

// wholes are the times, in seconds, minutes, hours or days, that the whole of a watch is shown as. When it comes to the
// end of one the next begins, and all is drawn again: so it never leaves much of the width empty, and seldom moves.
var wholes = []time.Duration{2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100}

// roundSpan returns the next of these that is longer than d.
func roundSpan(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		for _, n := range wholes {
			if n*unit > d {
				return n * unit
			}
		}
	}
	const day = 24 * time.Hour
	return (d/day*5/4 + 1) * day
}

// least returns the shortest time that can be shown.
func (t stripTime) least() time.Duration {
	if t.length > 0 {
		return leastReplay
	}
	return max(firstSpan, leastColumn*time.Duration(t.cols))
}

// closest returns how many times the whole time can be halved.
func (t stripTime) closest() int { return max(0, bits.Len64(uint64(t.whole()/t.least()))-1) }

// span returns which part of the time is shown.
func (s *strip) span(t stripTime) (from, span time.Duration) {
	whole := t.whole()
	span = whole >> min(s.zoom, t.closest())
	half, begin := span/2, t.begin()
	switch {
	case span == whole:
		return begin, span
	case s.scrolled:
		return max(begin, min(s.from, begin+whole-span)), span
	}
	return begin + max(0, (t.now-begin)/half-1)*half, span
}

// move zooms by so many halves, and scrolls by so many halves of what is shown.
func (s *strip) move(t stripTime, zoom, scroll int) {
	from, before := s.span(t)
	s.zoom = max(0, min(min(s.zoom, t.closest())+zoom, t.closest()))
	_, span := s.span(t)
	if s.scrolled { // the middle stays
		s.from = from + (before-span)/2
	}
	if scroll != 0 {
		s.from, s.scrolled = from+time.Duration(scroll)*span/2, true
	}
	s.from = max(0, s.from)
	if s.zoom == 0 || s.from+span > t.now && scroll >= 0 { // it has come to the present
		s.scrolled = false
	}
}

// draw draws the strip in so many rows below its title: what it shows, which keys change it, and the rows.
func (s *strip) draw(t stripTime, rows int) (title, keys string, lines []string) {
	c := s.canvas(t)
	c.seen = t.columns(c.from, c.span, c.cols, t.chosen)
	placed := c.placed(labelRows(rows))
	k := DefaultKeys()
	keys = fmt.Sprintf("%s zoom  %s %s", k.Zoom.Help().Key, k.Scroll.Help().Key, k.Scroll.Help().Desc)
	return c.title(placed), keys, c.rows(placed, rows)
}

// rows draws what stands below the title.
func (c canvas) rows(placed []labelRow, rows int) []string {
	plot := rows - len(placed) - 2
	below, name := 0, ""
	if len(c.names) > 1 {
		name = "in all"
		if plot >= 6 {
			below = plot * 2 / 5
		}
	}
	lines := c.plot(plot-below, func(s stretch) int64 { return s.high }, name)
	lines = append(lines, c.zeroRow())
	lines = append(lines, c.plot(below, func(s stretch) int64 { return s.chosen }, "chosen")...)
	lines = append(lines, c.labels(placed)...)
	return append(lines, c.clockRow())
}

// labelRows returns how many rows of labels a strip of so many rows has.
func labelRows(rows int) int { return 1 + min(2, rows/8) }

// canvas returns what draws the part of the time that is shown.
func (s *strip) canvas(t stripTime) canvas {
	from, span := s.span(t)
	return canvas{skin: s.skin, stripTime: t, from: from, span: span}
}

// title says what is drawn.
func (c canvas) title(placed []labelRow) string {
	text := "Timeline of " + rounded(c.span)
	if whole := c.whole(); c.span < whole {
		text += " in " + rounded(whole)
	}
	text += ": calls in flight" + c.legend(placed)
	if c.chosen < len(c.names) && len(c.names) > 1 {
		text += "; chosen: " + c.names[c.chosen]
	}
	return text
}

// legend says what the signs on the timeline mean, of what happened those whose texts have no room.
func (c canvas) legend(placed []labelRow) string {
	text := ", " + c.safe + " zero windows"
	bare := map[markKind]bool{}
	for _, r := range placed {
		for _, l := range r.labels {
			bare[l.kind] = bare[l.kind] || l.text == ""
		}
	}
	for kind := markOwn; kind <= markAttempt; kind++ {
		if bare[kind] {
			text += ", " + c.glyph(kind) + " " + kind.word()
		}
	}
	return text
}

// rounded writes a span of the timeline: "30 s", "4 min", "2h08m".
func rounded(d time.Duration) string {
	if d >= time.Minute && d < time.Hour && d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return session.Span(d.Round(100 * time.Millisecond))
}
