// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// styleOf is a style's Render, or nil for plain text.
type styleOf = func(...string) string

// column is a column of a table. Columns that do not fit are left out, those with the highest drop first.
type column struct {
	title string
	width int  // in columns of the screen
	grow  bool // also takes the width that is left over
	right bool // aligned to the right: numbers
	drop  int  // 0: never left out
	drawn bool // a drawing: it has no order and is not copied
	off   bool // left out
}

// cell is one field of a row.
type cell struct {
	text  string
	style styleOf
	order float64 // rows are sorted by order, then by text
}

// row is a line of a table. The cursor stays on the row of an id, wherever the row moves.
type row struct {
	id       string
	cells    []cell
	rest     string // replaces the cells from number restFrom on
	restFrom int
	find     string // what the filter looks in, in small letters; "": what the row shows
}

// table is a list with a cursor, a filter and an order; each pane has one.
type table struct {
	columns []column
	all     []row
	rows    []row // those that match the filter, in order
	cursor  int
	offset  int // index of the first row on the screen
	width   int
	height  int // in lines, with the heading
	filter  string
	sortBy  int // 0: the pane's own order; else column sortBy-1
	reverse bool
	follow  bool // a cursor at the end stays at the end as rows come
	bare    bool // no heading
	wraps   bool // the last column goes on in further lines, where all of that has room
}

func (t *table) setSize(w, h int) {
	t.width, t.height = w, h
	t.scroll()
}

// setRows replaces the rows and keeps the cursor on its row.
func (t *table) setRows(rows []row) {
	t.all = rows
	t.refresh()
}

// refresh applies the filter and the order to all rows.
func (t *table) refresh() {
	id := ""
	atEnd := t.cursor >= len(t.rows)-1
	if r, ok := t.selected(); ok {
		id = r.id
	}
	t.rows = t.rows[:0]
	wanted := strings.ToLower(t.filter)
	for _, r := range t.all {
		if r.matches(wanted) {
			t.rows = append(t.rows, r)
		}
	}
	t.sort()
	if i := slices.IndexFunc(t.rows, func(r row) bool { return r.id == id }); i >= 0 {
		t.cursor = i
	}
	if t.follow && atEnd {
		t.cursor = len(t.rows) - 1
	}
	t.scroll()
}

// text returns everything that a row shows, for the filter.
func (r row) text() string {
	var b strings.Builder
	for _, c := range r.cells {
		if c.text != "" {
			b.WriteString(c.text + " ")
		}
	}
	return strings.TrimSpace(b.String() + r.rest)
}

// matches reports whether the filter finds a row by a text, which is in small letters.
func (r row) matches(text string) bool {
	switch {
	case text == "":
		return true
	case r.find != "":
		return strings.Contains(r.find, text)
	}
	return strings.Contains(strings.ToLower(r.text()), text)
}

// to puts the cursor on a row, if it is there.
func (t *table) to(id string) {
	if i := slices.IndexFunc(t.rows, func(r row) bool { return r.id == id }); i >= 0 {
		t.move(i - t.cursor)
	}
}

// selected returns the row under the cursor, and false if there is none.
func (t *table) selected() (row, bool) {
	if t.cursor < 0 || t.cursor >= len(t.rows) {
		return row{}, false
	}
	return t.rows[t.cursor], true
}

func (t *table) move(by int) { t.cursor += by; t.scroll() }

// page returns how many rows PgUp and PgDn move.
func (t *table) page() int { return max(1, t.body()-1) }

// body returns how many lines the rows have.
func (t *table) body() int {
	if t.bare {
		return t.height
	}
	return t.height - 1
}

// scroll keeps the cursor inside the list and on the screen.
func (t *table) scroll() {
	t.cursor = max(0, min(t.cursor, len(t.rows)-1))
	body := max(1, t.body())
	t.offset = min(t.offset, t.cursor)
	t.offset = max(t.offset, t.cursor-body+1)
	t.offset = max(0, min(t.offset, len(t.rows)-body))
}

// status says how many rows are shown of how many, and in which order if it is not the pane's own.
func (t *table) status() string {
	s := fmt.Sprintf("%d", len(t.all))
	if t.filter != "" {
		s = fmt.Sprintf("%d of %d, filter %q", len(t.rows), len(t.all), t.filter)
	}
	if t.sortBy > 0 {
		s += ", by " + strings.ToLower(t.columns[t.sortBy-1].title)
	}
	if t.reverse {
		s += ", reversed"
	}
	return s
}

// layout returns the width of each column, 0 for one left out. Two columns of the screen belong to the cursor; one
// separates each column from the next.
func (t *table) layout() []int {
	widths := make([]int, len(t.columns))
	total := 1
	for i, c := range t.columns {
		if c.off {
			continue
		}
		widths[i] = c.width
		total += c.width + 1
	}
	for total > t.width {
		worst := -1
		for i, c := range t.columns {
			if widths[i] > 0 && c.drop > 0 && (worst < 0 || c.drop > t.columns[worst].drop) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		total -= widths[worst] + 1
		widths[worst] = 0
	}
	for i, c := range t.columns {
		if c.grow && widths[i] > 0 {
			widths[i] = max(c.width, c.width+t.width-total)
			break
		}
	}
	return widths
}

// view draws the table in at most height lines.
func (t *table) view(st styles, gl glyphs, focused bool) []string {
	if t.height <= 0 {
		return nil
	}
	widths := t.layout()
	var lines []string
	if !t.bare {
		lines = append(lines, t.heading(widths, st, gl))
	}
	draw := func(i int, mark, text string) string {
		if !focused || i != t.cursor {
			return "  " + text
		}
		return st.selected(st.Key.Render(mark)+" "+text, t.width, gl.blank)
	}
	if parts := t.wrapped(widths); parts != nil {
		return t.wrappedLines(parts, widths, gl, draw)
	}
	for i := t.offset; i < len(t.rows) && len(lines) < t.height; i++ {
		lines = append(lines, draw(i, ">", t.line(t.rows[i], widths, gl)))
	}
	return lines
}

// selected draws the row under the cursor over its whole width. The colours in it stay where it has one of its own
// behind them; where it is reversed they would be behind the text. It ends with a blank that no
// terminal is spared: not every one fills a line that is cleared with the colour of the row.
func (st styles) selected(line string, width int, blank string) string {
	begin, _, _ := strings.Cut(st.Selected.Render("x"), "x")
	if st.Selected.GetReverse() {
		line = ansi.Strip(line)
	}
	if ansi.StringWidth(line) < width {
		line = fit(line, width-1, false, "") + blank
	}
	return begin + strings.ReplaceAll(line, ansi.ResetStyle, ansi.ResetStyle+begin) + ansi.ResetStyle
}

// heading draws the titles of the columns.
func (t *table) heading(widths []int, st styles, gl glyphs) string {
	line := ""
	for i, c := range t.columns {
		mark := " " // the gap before a column also marks the one that rows are sorted by
		switch {
		case t.sortBy-1 != i:
		case t.descending():
			mark = gl.down
		default:
			mark = gl.up
		}
		if widths[i] > 0 {
			line += fit(mark+c.title, widths[i]+1, c.right, gl.ellipsis)
		}
	}
	return " " + st.Faint.Render(strings.TrimRight(line, " "))
}

// line draws a row.
func (t *table) line(r row, widths []int, gl glyphs) string {
	parts := make([]string, 0, len(widths))
	used := 0
	for i, c := range r.cells {
		if r.rest != "" && i >= r.restFrom {
			break
		}
		if widths[i] == 0 {
			continue
		}
		used += widths[i] + 1
		text := fit(c.text, widths[i], t.columns[i].right, gl.ellipsis)
		if i == len(widths)-1 { // spaces at the end would have to be sent
			text = strings.TrimRight(text, " ")
		}
		if c.style != nil {
			text = c.style(text)
		}
		parts = append(parts, text)
	}
	if r.rest != "" {
		parts = append(parts, strings.TrimRight(fit(r.rest, t.width-2-used, false, gl.ellipsis), " "))
	}
	return strings.Join(parts, " ")
}
