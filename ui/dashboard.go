// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	"spotos/session"
)

// dashboardPane shows the reference counts: the whole patch as one figure, then one row per function.
type dashboardPane struct {
	skin
	table  table
	pic    *picture // nil: no patch is in hand
	width  int
	height int
	big    bool // the figure is drawn in large digits
	zoomed bool
}

// samplesAtZero names a share of samples, which is no share of time: that is known of the whole patch alone. So the
// column is left out where the patch has one function, of which the line above says the share of time.
const (
	samplesAtZero = "SAMPLES AT 0"
	samplesColumn = 7 // among the columns
	historyColumn = 1
)

func newDashboardPane(sk skin) *dashboardPane {
	return &dashboardPane{skin: sk, table: table{columns: []column{
		{title: "FUNCTION", width: 20},
		{title: "HISTORY", width: 6, grow: true, drop: 2, drawn: true},
		{title: "NOW", width: 6, right: true},
		{title: "STATE", width: 6},
		{title: "OLDER", width: 6, right: true, drop: 4},
		{title: "PEAK", width: 6, right: true, drop: 3},
		{title: "CALLS/S", width: 7, right: true, drop: 1},
		{title: samplesAtZero, width: 12, right: true, drop: 8},
		{title: "P50", width: 6, right: true, drop: 6},
		{title: "P99", width: 6, right: true, drop: 5},
		{title: "LONGEST", width: 7, right: true, drop: 7},
	}}}
}

func (d *dashboardPane) SetPicture(p *picture) {
	d.pic = p
	if p == nil {
		d.table.setRows(nil)
		return
	}
	longest := 12
	for _, name := range p.functions() {
		longest = max(longest, len(name))
	}
	d.table.columns[0].width = min(longest, max(20, d.width-46))
	samples := p.Sample.Functions
	d.table.columns[samplesColumn].off = len(samples) < 2
	if len(samples) == 0 {
		rows := make([]row, 0, len(p.functions()))
		for _, name := range p.functions() {
			rows = append(rows, row{id: name, cells: make([]cell, len(d.table.columns)),
				rest: name + ": no sample yet"})
		}
		d.table.setRows(rows)
		return
	}
	rows := make([]row, 0, len(samples))
	for _, f := range samples {
		rows = append(rows, d.row(p.functionNow(f)))
	}
	d.table.columns[historyColumn].title = d.historyTitle(samples[0].Name)
	d.table.setRows(rows)
}

// verdict says in one word what a count means. Only a zero without doubt is green.
func verdict(count int64, doubt string) (string, tone) {
	switch {
	case doubt != "":
		return "DOUBT", toneWarn
	case count == 0:
		return "zero", toneGood
	}
	return "busy", toneWarn
}

// row builds the row of one function.
func (d *dashboardPane) row(f session.FunctionSample) row {
	doubt := f.WhyDoubted()
	word, t := verdict(f.Count, doubt)
	count := countText(f.Count)
	if doubt != "" {
		count += d.doubt
	}
	h := d.pic.history[f.Name]
	calls, speed := "", 0.0
	if rate, ok := h.rate(); ok {
		calls, speed = rateText(rate), rate
	}
	before := ""
	if f.Before > 0 {
		before = countText(f.Before)
	}
	counts, late := h.last(d.historyWidth())
	r := row{id: f.Name, cells: []cell{
		{text: f.Name},
		{text: d.sparkline(counts), style: d.historyStyle(late)},
		{text: count, style: t.style(d.styles), order: float64(f.Count)},
		{text: word, style: t.style(d.styles)},
		{text: before, order: float64(f.Before)},
		{text: countText(f.Peak), order: float64(f.Peak)},
		{text: calls, order: speed},
		{text: fmt.Sprintf("%d%%", f.ZeroShare), order: float64(f.ZeroShare)},
		{text: timed(f.P50, f.Timed), order: float64(f.P50)},
		{text: timed(f.P99, f.Timed), order: float64(f.P99)},
		{text: longest(f.LongestNow), order: float64(f.LongestNow)},
	}}
	if doubt != "" { // the reason for the doubt is worth more than the figures derived from the count
		r.rest, r.restFrom = d.doubt+" "+doubt, 4
	}
	return r
}

// historyWidth returns the columns that the sparkline has. It stands before the figures: the renderer sends all that is
// between two changes in one line, and so sends only what is new of the sparkline.
func (d *dashboardPane) historyWidth() int { return min(historyLength, d.table.layout()[1]) }

// historyTitle says since when the sparkline of a function is, where there is room: it does not fill its column at
// once.
func (d *dashboardPane) historyTitle(function string) string {
	title := "HISTORY"
	since := d.pic.history[function].since(d.historyWidth())
	if long := title + " since " + since.Format(clock); !since.IsZero() && len(long) <= d.historyWidth() {
		return long
	}
	return title
}

// historyStyle colours the sparkline where a screen is large enough for frames: colours have to be sent too, and a slow
// line has no time for that.
func (d *dashboardPane) historyStyle(late []bool) styleOf {
	if !d.wide() {
		return nil
	}
	return func(text ...string) string { return d.hot(strings.Join(text, ""), late) }
}

// wide reports whether there is room for gauges, and for what costs more to send.
func (d *dashboardPane) wide() bool { return d.width >= framedWidth-3 }

func (d *dashboardPane) Title() string { return "Functions" }

func (d *dashboardPane) Count() string {
	s := d.table.status()
	switch p := d.pic; {
	case p == nil || p.Samples == 0:
	case p.moment.atZero():
		s += ", at " + p.momentText()
	default:
		s += ", at " + p.Sample.Time.Format(clock)
	}
	return s
}

func (d *dashboardPane) SetSize(w, h int, zoomed bool) {
	d.width, d.height, d.zoomed = w, h, zoomed
	d.big = d.fits(h)
	if d.pic != nil {
		d.SetPicture(d.pic) // column widths depend on the size
	}
	list := h - d.figureLines()
	if zoomed {
		list = max(2, min(list-detailLines, len(d.table.all)+1))
	}
	d.table.setSize(w, list)
}

// fits reports whether h lines have room for the big figure.
func (d *dashboardPane) fits(h int) bool { return h >= figureHeight+1+min(3, len(d.table.all)) }

// usable returns how many of h lines the pane can fill.
func (d *dashboardPane) usable(h int) int {
	if d.fits(h) {
		return figureHeight + 1 + len(d.table.all)
	}
	return 2 + len(d.table.all)
}

func (d *dashboardPane) figureLines() int {
	if d.big {
		return figureHeight
	}
	return 1
}

func (d *dashboardPane) Want(bool) int { return figureHeight + 1 + len(d.table.all) }
func (d *dashboardPane) Least() int    { return 2 + min(2, max(1, len(d.table.all))) }
func (d *dashboardPane) Table() *table { return &d.table }

func (d *dashboardPane) View(focused bool) []string {
	if d.pic == nil {
		return []string{"  No patch chosen: enter in pane 1 shows one, and again opens it."}
	}
	var lines []string
	facts, t := d.facts()
	if d.big {
		lines = d.bigFigure(facts, t)
	} else {
		lines = []string{"  " + paint(t, d.styles, facts[0]) + d.beside()}
	}
	lines = append(lines, d.table.view(d.styles, d.glyphs, focused)...)
	if d.zoomed {
		lines = append(lines, d.details()...)
	}
	return lines[:min(len(lines), d.height)]
}
