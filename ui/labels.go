// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// label is a sign in a column, and the text beside it.
type label struct {
	at   int
	kind markKind
	sign string
	text string
	left bool // the text stands to the left
}

// extent returns the columns that a label covers.
func (l label) extent() (from, to int) {
	long := ansi.StringWidth(l.text)
	switch {
	case long == 0:
		return l.at, l.at + 1
	case l.left:
		return l.at - long - 1, l.at + 1
	}
	return l.at, l.at + long + 2
}

// String returns the sign and the text.
func (l label) String() string {
	switch {
	case l.text == "":
		return l.sign
	case l.left:
		return l.text + " " + l.sign
	}
	return l.sign + " " + l.text
}

// labelRow is a row of labels that do not touch each other.
type labelRow struct {
	labels []label
	ink    []bool // columns that are drawn
}

// takes reports whether the label has room in the row, with a blank at the end of a text. On the other side of its sign
// there may be another sign.
func (r *labelRow) takes(l label) bool {
	from, to := l.extent()
	switch {
	case from < 0 || to > len(r.ink):
		return false
	case l.text != "" && l.left:
		from = max(0, from-1)
	case l.text != "":
		to = min(len(r.ink), to+1)
	}
	return !slices.Contains(r.ink[from:to], true)
}

// draw marks the columns of a label as drawn, or as free.
func (r *labelRow) draw(l label, ink bool) {
	from, to := l.extent()
	for i := from; i < to; i++ {
		r.ink[i] = ink
	}
}

// placeLabels puts labels into rows of width columns, each sign in its own column. No text hides a sign: first all
// signs are placed, then the texts where there is room for them, beside the sign or in another row together with it.
// What matters most comes first, and of equals the newest. A sign is left out only where its column has one in each
// row.
func placeLabels(labels []label, rows, width int) []labelRow {
	slices.SortStableFunc(labels, func(a, b label) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(b.at, a.at))
	})
	out := make([]labelRow, rows)
	for i := range out {
		out[i].ink = make([]bool, width)
	}
	placed := make([]int, len(labels)) // in which row; rows: in none
	find := func(l label) int {
		r := slices.IndexFunc(out, func(r labelRow) bool { return r.takes(l) })
		if r < 0 {
			return rows
		}
		out[r].draw(l, true)
		return r
	}
	for i, l := range labels {
		placed[i] = find(label{at: l.at})
	}
	for i, l := range labels {
		if placed[i] == rows {
			continue
		}
		alone, left := l, l
		alone.text, left.left = "", true
		out[placed[i]].draw(alone, false)
		for _, l = range []label{l, left, alone} {
			if placed[i] = find(l); placed[i] < rows {
				break
			}
		}
		out[placed[i]].labels = append(out[placed[i]].labels, l)
	}
	return out
}

// labels draws what happened, and the deadline ahead.
func (c canvas) labels(placed []labelRow) []string {
	lines := make([]string, len(placed))
	for i, r := range placed {
		lines[i] = strings.Repeat(" ", gutter+1) + c.labelRow(r)
	}
	return lines
}

// placed returns the labels of that in their rows.
func (c canvas) placed(rows int) []labelRow {
	var list []label
	for _, m := range c.marks {
		if i := c.at(m.at); i >= 0 && i < c.cols {
			list = append(list, label{at: i, kind: m.kind, sign: c.glyph(m.kind), text: m.text})
		}
	}
	if c.deadline > 0 {
		l := label{at: c.at(c.deadline), kind: markArmed, sign: c.here, text: "deadline"}
		if l.at >= c.cols { // beyond what is shown
			l = label{at: c.cols - 1, kind: markArmed, sign: ">", left: true,
				text: "deadline " + c.start.Add(c.deadline).Format(clock)}
		}
		list = append(list, l)
	}
	return placeLabels(list, rows, c.cols)
}

// labelRow draws a row of labels.
func (sk skin) labelRow(r labelRow) string {
	slices.SortFunc(r.labels, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	at := 0
	for _, l := range r.labels {
		from, to := l.extent()
		b.WriteString(strings.Repeat(" ", from-at))
		b.WriteString(paint(l.kind.tone(), sk.styles, l.String()))
		at = to
	}
	return b.String()
}
