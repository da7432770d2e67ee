// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// canvas draws a part of the time in so many columns, a row at a time. Bars are made of blocks, as in the sparkline:
// every terminal that shows that one shows these, and the Linux console has no braille.
type canvas struct {
	skin
	stripTime
	from, span time.Duration
	seen       []stretch
}

// at returns the column of a time.
func (c canvas) at(t time.Duration) int { return columnOf(t-c.from, c.span, c.cols) }

// played returns how many columns the recording has played; all, where it is no recording.
func (c canvas) played() int {
	if c.length == 0 {
		return c.cols
	}
	return max(0, min(c.cols, c.at(c.now)))
}

// row draws a row from its left margin and its columns, all in one style: colours have to be sent too. What is not
// played yet is faint.
func (c canvas) row(margin string, cells []string, style lipgloss.Style) string {
	n := c.played()
	text, played := fit(margin, gutter, true, "")+" ", strings.Join(cells[:n], "")
	rest := strings.TrimRight(strings.Join(cells[n:], ""), " ")
	if rest == "" {
		return text + style.Render(strings.TrimRight(played, " "))
	}
	return text + style.Render(played) + c.Faint.Render(rest)
}

// plot draws a value of each column as a bar, in rows lines, from dim at the foot to bright at the top, which no bar
// reaches. A zero has no bar; everything else has one, but where zero windows ended between two columns without any:
// they are too short for a sample to meet one, and bars alone would hide them. name is that of the values; "": there
// are no others.
func (c canvas) plot(rows int, value func(stretch) int64, name string) []string {
	if rows <= 0 {
		return nil
	}
	most := int64(0)
	for _, s := range c.seen {
		most = max(most, value(s))
	}
	axis := newAxis(most, int64(rows))
	steps := int64(len(c.spark) - 1)
	lines := make([]string, rows)
	for r := range lines {
		cells := make([]string, c.cols)
		below := steps * int64(rows-1-r)
		for i, s := range c.seen {
			level := axis.level(value(s), steps) - below
			cells[i] = " "
			if level > 0 && !c.gap(i) {
				cells[i] = c.spark[min(level, steps)]
			}
		}
		lines[r] = c.row(axis.margin(r, name), cells, c.bright(rows-1-r, rows))
	}
	return lines
}

// gap reports whether zero windows ended in a column, and in none of its neighbours.
func (c canvas) gap(i int) bool {
	zeros := func(i int) bool { return i >= 0 && i < len(c.seen) && c.seen[i].zeros > 0 }
	return zeros(i) && !zeros(i-1) && !zeros(i+1)
}

// bright returns the style of a row so far above the foot. In a recording what is faint is not played yet.
func (c canvas) bright(above, rows int) lipgloss.Style {
	level := above * len(c.Heat) / rows
	if rows <= len(c.Heat) { // each change of style has to be sent
		level = 1
	}
	if c.length > 0 {
		level = max(1, level)
	}
	return c.Heat[level]
}

// zeroRow is the line on which the bars stand: where zero windows ended, where samples were, and in a recording how far
// it has played.
func (c canvas) zeroRow() string {
	cells := make([]string, c.cols)
	for i, s := range c.seen {
		switch {
		case c.length > 0 && i == c.played():
			cells[i] = c.here
		case s.zeros > 0:
			cells[i] = c.Good.Render(c.safe)
		case s.doubt:
			cells[i] = c.Warn.Render(c.doubt)
		case c.length > 0 && i < c.played():
			cells[i] = c.skin.played
		case s.seen:
			cells[i] = c.rule
		default:
			cells[i] = " "
		}
	}
	return c.row("0", cells, c.Plain)
}

// bar draws the whole row of the bar that stands for a recording where the strip has no room: how far it has played,
// and what happened.
func (c canvas) bar() string {
	cells, n := make([]string, c.cols), c.played()
	for i := range cells {
		cells[i] = c.Faint.Render(c.rule)
		if i < n {
			cells[i] = c.Bold.Render(c.skin.played)
		}
	}
	marks := slices.Clone(c.marks)
	slices.SortStableFunc(marks, func(a, b mark) int { return int(b.kind - a.kind) }) // the last drawn matters most
	for _, m := range marks {
		if i := c.at(m.at); i >= 0 {
			cells[min(i, c.cols-1)] = paint(m.kind.tone(), c.styles, c.glyph(m.kind))
		}
	}
	return strings.Join(cells, "")
}

// tickSteps are the times that may be between two times of day.
var tickSteps = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
	6 * time.Hour, 12 * time.Hour}

// clockRow writes times of day below the columns where they begin.
func (c canvas) clockRow() string {
	const apart = 12 // columns from one to the next, at least
	step := 24 * time.Hour
	for _, s := range slices.Backward(tickSteps) {
		if float64(s)/float64(c.span)*float64(c.cols) < apart {
			break
		}
		step = s
	}
	layout := clock
	switch {
	case step >= 12*time.Hour:
		layout = "Jan 2 15h"
	case step >= time.Minute:
		layout = "15:04"
	}
	var b strings.Builder
	begin := c.start.Add(c.from)
	for t := begin.Truncate(step); t.Before(begin.Add(c.span)); t = t.Add(step) {
		i, text := c.at(t.Sub(c.start)), t.Format(layout)
		if i < b.Len() || t.Before(begin) || i+len(text) > c.cols {
			continue
		}
		fmt.Fprint(&b, strings.Repeat(" ", i-b.Len()), text)
	}
	return strings.Repeat(" ", gutter+1) + c.Faint.Render(b.String())
}

// ruled draws a rule with a text at its left end, and a hint at its right where there is room.
func (sk skin) ruled(text, hint string, width int) string {
	room := width - ansi.StringWidth(text) - ansi.StringWidth(hint) - 2
	if room < 2 {
		return sk.Title.Render(cut(sk.rule+text+strings.Repeat(sk.rule, width), width, sk.rule))
	}
	return sk.Title.Render(sk.rule + text + strings.Repeat(sk.rule, room) + hint + sk.rule)
}
