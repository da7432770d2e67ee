// SPDX-License-Identifier: GPL-2.0-only

package ui

import "strconv"

// logPane lists the events, the newest last. A cursor at the end stays there as entries come.
type logPane struct {
	skin
	table  table
	pic    *picture
	height int
	zoomed bool
}

func newLogPane(sk skin) *logPane {
	return &logPane{skin: sk, table: table{bare: true, follow: true, wraps: true, columns: []column{
		{title: "TIME", width: 12},
		{title: "EVENT", width: 10},
		{title: "WHAT", width: 30, grow: true},
	}}}
}

func (l *logPane) SetPicture(p *picture) {
	l.pic = p
	if p == nil {
		l.table.setRows(nil)
		return
	}
	if l.isCurrent(p.log) {
		return // most pictures bring a sample and no new entry
	}
	rows := make([]row, 0, len(p.log))
	for _, e := range p.log {
		rows = append(rows, row{id: strconv.Itoa(e.number), cells: []cell{
			{text: e.time.Format(clock + ".000"), style: l.Faint.Render, order: float64(e.number)},
			{text: e.word, style: e.tone.style(l.styles)},
			{text: e.text},
		}})
	}
	l.table.setRows(rows)
}

// isCurrent reports whether the table ends with the last entry of log already.
func (l *logPane) isCurrent(log []logEntry) bool {
	rows := l.table.all
	return len(rows) > 0 && len(log) > 0 && rows[len(rows)-1].id == strconv.Itoa(log[len(log)-1].number)
}

func (l *logPane) Title() string { return "Log" }
func (l *logPane) Count() string { return l.table.status() }

func (l *logPane) SetSize(w, h int, zoomed bool) {
	l.height, l.zoomed = h, zoomed
	if zoomed {
		h = max(1, h-4) // the rest shows the whole entry
	}
	l.table.setSize(w, h)
}

func (l *logPane) Want(bool) int { return max(1, len(l.table.all)) }
func (l *logPane) Least() int    { return 1 }
func (l *logPane) Table() *table { return &l.table }

func (l *logPane) View(focused bool) []string {
	lines := l.table.view(l.styles, l.glyphs, focused)
	if r, ok := l.table.selected(); ok && l.zoomed {
		lines = append(lines, "")
		for _, line := range wrap(r.cells[2].text, l.table.width-4) {
			lines = append(lines, "  "+line)
		}
	}
	return lines[:min(len(lines), l.height)]
}
