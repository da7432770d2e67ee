// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"maps"
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
	byName   map[string][]int // a function, to where it is in list
	called   map[string]bool  // watched functions: whether they were called since the watch began
	recorded bool             // the console plays a recording, which has no fixes
	job      *job             // the latest; nil: none yet
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

// ordered returns the list as the pane shows it: plain, and what matters most first: what can become a patch, is used
// here, and has a name. There are thousands, so it is not called in the event loop.
func ordered(list session.FixList) session.FixList {
	list = session.PlainFixes(list)
	slices.SortStableFunc(list.Fixes, func(a, b session.Fix) int { return cmp.Compare(fixRank(a), fixRank(b)) })
	return list
}

// setList replaces the list, which ordered has made.
func (x *fixesPane) setList(list session.FixList) {
	x.list, x.byName = list, make(map[string][]int)
	rows := make([]row, 0, len(list.Fixes))
	for i, f := range list.Fixes {
		rows = append(rows, x.row(strconv.Itoa(i), f))
		x.byName[f.Function] = append(x.byName[f.Function], i)
	}
	x.table.setRows(rows)
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
	if maps.Equal(called, x.called) {
		return
	}
	before := x.called
	x.called = called
	changed := false
	for _, names := range []map[string]bool{before, called} {
		for name := range names {
			for _, i := range x.byName[name] { // of thousands of rows few are about these
				x.table.all[i] = x.row(strconv.Itoa(i), x.list.Fixes[i])
				changed = true
			}
		}
	}
	if changed {
		x.table.refresh()
	}
}

func (x *fixesPane) Title() string { return "Fixes" }

func (x *fixesPane) Count() string {
	if len(x.list.Fixes) == 0 {
		return ""
	}
	return x.table.status() + ", " + x.list.From + " to " + x.list.To
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
