// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"slices"
	"strconv"

	"spotos/session"
)

// fixesPane lists what a newer version of the kernel's source fixes that the kernel lacks. It has the whole screen: the
// list above, and below the fix under the cursor, or the job that is under way.
type fixesPane struct {
	skin
	keys     KeyMap
	table    table
	list     session.FixList
	called   map[string]bool // watched functions: whether they were called since the watch began
	recorded bool            // the console plays a recording, which has no fixes
	job      *job            // the latest; nil: none yet
	height   int
}

func newFixesPane(sk skin, keys KeyMap, recorded bool) *fixesPane {
	return &fixesPane{skin: sk, keys: keys, recorded: recorded, table: table{columns: []column{
		{title: "FUNCTION", width: 20},
		{title: "USED HERE", width: 10},
		{title: "PATCH", width: 8},
		{title: "CVE", width: 15, drop: 1},
		{title: "FILE", width: 30, drop: 2},
		{title: "FIX", width: 20, grow: true},
	}}}
}

// setList replaces the list. What matters most comes first: what can become a patch, is used here, and has a name.
func (x *fixesPane) setList(list session.FixList) {
	x.list = list
	slices.SortStableFunc(x.list.Fixes, func(a, b session.Fix) int { return cmp.Compare(fixRank(a), fixRank(b)) })
	x.rebuild()
	x.table.cursor, x.table.offset = 0, 0
}

// chosen returns the fix under the cursor.
func (x *fixesPane) chosen() (session.Fix, bool) {
	r, ok := x.table.selected()
	if !ok {
		return session.Fix{}, false
	}
	i, err := strconv.Atoi(r.id)
	return x.list.Fixes[i], err == nil
}

// SetPicture takes over which functions of the patch in hand are called: that is known of no others.
func (x *fixesPane) SetPicture(p *picture) {
	called := make(map[string]bool)
	if p != nil && x.list.Running {
		for _, f := range p.Sample.Functions {
			called[f.Name] = f.Calls > 0
		}
	}
	same := len(called) == len(x.called)
	for name, is := range called {
		was, watched := x.called[name]
		same = same && watched && was == is
	}
	if !same { // there are thousands of rows, and a picture twice a second
		x.called = called
		x.rebuild()
	}
}

func (x *fixesPane) rebuild() {
	rows := make([]row, 0, len(x.list.Fixes))
	for i, f := range x.list.Fixes {
		rows = append(rows, x.row(strconv.Itoa(i), f))
	}
	x.table.setRows(rows)
}

func (x *fixesPane) Title() string {
	if len(x.list.Fixes) == 0 {
		return "Fixes"
	}
	return "Fixes " + x.table.status() + ", " + x.list.From + " to " + x.list.To
}

// SetSize gives the list what the details leave. Why no patch was made is never cut for the list's sake.
func (x *fixesPane) SetSize(w, h int, _ bool) {
	x.height = h
	function, file := 20, 30
	if w >= wideFixes {
		function, file = 32, 44
	}
	x.table.columns[0].width, x.table.columns[4].width = function, file
	below := min(h/2, fixLines)
	if x.reports() {
		below = max(below, min(len(x.job.lines(x.skin, x.keys, w, h)), h-leastList))
	}
	x.table.setSize(w, max(0, h-below))
}

// fixLines is how many lines the details have where there is room.
const fixLines = 14

// wideFixes is from how many columns on names are rarely cut.
const wideFixes = 160

// leastList is how few lines the list has: the heading, and the row under the cursor.
const leastList = 2

func (x *fixesPane) Want(bool) int { return x.height }
func (x *fixesPane) Least() int    { return 1 }
func (x *fixesPane) Table() *table { return &x.table }

func (x *fixesPane) View(focused bool) []string {
	if len(x.list.Fixes) == 0 {
		return x.emptyLines()
	}
	lines := x.table.view(x.styles, x.glyphs, focused)
	for len(lines) < x.table.height {
		lines = append(lines, "")
	}
	room := x.height - len(lines)
	if room > 5 && x.table.height > leastList {
		lines = append(lines, "")
		room--
	}
	return append(lines, x.below(room)...)
}

// below draws what stands under the list: the job under way, what came of the last one where that is about the fix
// under the cursor, or that fix.
func (x *fixesPane) below(room int) []string {
	if x.reports() {
		return x.job.lines(x.skin, x.keys, x.table.width, room)
	}
	if _, ok := x.table.selected(); !ok {
		return nil
	}
	return x.details(room)
}

// reports reports whether a job stands under the list, and not the fix under the cursor.
func (x *fixesPane) reports() bool {
	r, ok := x.table.selected()
	return x.job.underWay() || x.job != nil && x.job.outcome != "" && ok && x.job.fix == r.id
}

// emptyLines says why there is no list, and how to get one.
func (x *fixesPane) emptyLines() []string {
	key := x.keys.Fixes.Help().Key
	switch {
	case x.recorded:
		return wrapped("This is a recording: it has no fixes.", nil, x.table.width, x.height)
	case x.job != nil && (x.job.underWay() || x.job.outcome != ""):
		return x.job.lines(x.skin, x.keys, x.table.width, x.height)
	case x.list.To != "":
		return wrapped("Kernel "+x.list.Kernel+" was built from "+x.list.From+", and nothing newer is known.", nil,
			x.table.width, x.height)
	}
	return wrapped(key+" lists what a newer version of Debian's kernel source fixes that this kernel lacks. "+
		"Nothing is downloaded before you are asked, and nothing in the kernel is changed.", nil, x.table.width, x.height)
}
