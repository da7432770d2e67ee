// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spotos/session"
)

// holdersPane lists the tasks inside the patch's functions. Zoomed, it also shows the stack of the task under the
// cursor.
type holdersPane struct {
	skin
	keys     KeyMap
	table    table
	pic      *picture
	list     []session.Holder
	total    int // all holders; list may have fewer
	mostSeen int // the most in list since the patch was opened
	stack    stackView
	height   int
	zoomed   bool
}

// holderRoom bounds how many rows stay reserved for holders that have left.
const holderRoom = 8

func newHoldersPane(sk skin, keys KeyMap) *holdersPane {
	return &holdersPane{skin: sk, keys: keys, table: table{columns: []column{
		{title: "TASK", width: 15},
		{title: "PID", width: 7, right: true},
		{title: "S", width: 1},
		{title: "FUNCTION", width: 16},
		{title: "SINCE", width: 8, right: true},
		{title: "SLEEPS IN", width: 12, grow: true, drop: 1},
	}}}
}

func (h *holdersPane) SetPicture(p *picture) {
	h.pic, h.list, h.total = p, nil, 0
	if p == nil {
		h.mostSeen = 0
	} else {
		h.list, h.total = p.Inside()
		h.mostSeen = max(h.mostSeen, len(h.list))
	}
	longest := 16
	rows := make([]row, 0, len(h.list))
	for _, holder := range h.list {
		longest = max(longest, len(holder.Function))
		rows = append(rows, h.row(holder))
	}
	h.table.columns[3].width = min(longest, max(16, h.table.width-52))
	h.table.setRows(rows)
}

// holderID returns what tells a holder from the others: a task may be inside several functions.
func holderID(holder session.Holder) string { return fmt.Sprintf("%d %s", holder.PID, holder.Function) }

// row builds the row of one holder.
func (h *holdersPane) row(holder session.Holder) row {
	task := holder.Comm
	if holder.Kthread {
		task = "[" + task + "]"
	}
	function := cell{text: holder.Function}
	if holder.Doubt != "" {
		function = cell{text: h.doubt + holder.Function, style: h.Warn.Render}
	}
	where := cell{text: sleepsIn(holder.Stack), style: h.Faint.Render}
	if holder.Deaf {
		where = cell{text: "deaf: " + where.text, style: h.Warn.Render}
	}
	return row{id: holderID(holder), cells: []cell{
		{text: task},
		{text: fmt.Sprint(holder.PID), order: float64(holder.PID)},
		{text: holder.State},
		function,
		{text: sinceText(holder), order: float64(holder.Since)},
		where,
	}}
}

// sinceText returns how long a holder has been seen inside. ">" marks one that was inside before the watch began.
func sinceText(h session.Holder) string {
	if h.Before {
		return ">" + session.Span(time.Duration(h.Since))
	}
	if h.Since == 0 {
		return "just now"
	}
	return session.Span(time.Duration(h.Since))
}

// sleepers are frames on the stack of every sleeping task; the task sleeps in their caller.
var sleepers = []string{"__schedule", "schedule", "schedule_timeout", "schedule_hrtimeout_range",
	"schedule_hrtimeout_range_clock", "schedule_timeout_interruptible", "preempt_schedule_common", "io_schedule"}

// sleepsIn returns the innermost frame that is not a sleeper.
func sleepsIn(stack []string) string {
	for _, frame := range stack {
		if !slices.Contains(sleepers, symbol(frame)) {
			return symbol(frame)
		}
	}
	return ""
}

// symbol returns a frame without its offset.
func symbol(frame string) string {
	name, _, _ := strings.Cut(frame, "+")
	return name
}

// chosen returns the holder under the cursor.
func (h *holdersPane) chosen() (session.Holder, bool) {
	r, ok := h.table.selected()
	if !ok {
		return session.Holder{}, false
	}
	for _, holder := range h.list {
		if holderID(holder) == r.id {
			return holder, true
		}
	}
	return session.Holder{}, false
}

func (h *holdersPane) Title() string {
	s := "Holders " + h.table.status()
	if h.total > len(h.list) {
		s += fmt.Sprintf(" of %d in all", h.total)
	}
	return s
}

func (h *holdersPane) SetSize(w, height int, zoomed bool) {
	h.height, h.zoomed = height, zoomed
	list := height
	if zoomed {
		list = min(len(h.list)+1, max(3, height/4))
	}
	h.table.setSize(w, list)
}

// Want reserves rows for holders that come and go; otherwise the panes below would jump with them.
func (h *holdersPane) Want(bool) int { return max(2, len(h.list)+1, min(h.mostSeen, holderRoom)+1) }
func (h *holdersPane) Least() int    { return 2 }
func (h *holdersPane) Table() *table { return &h.table }

func (h *holdersPane) View(focused bool) []string {
	if len(h.list) == 0 {
		switch {
		case h.pic == nil:
			return nil
		case h.pic.Samples == 0:
			return []string{"  No sample yet."}
		}
		if left := h.pic.Sample.Total; left > 0 {
			return []string{fmt.Sprintf("  Nobody is inside; %d were, just before the count.", left)}
		}
		return []string{"  Nobody is inside."}
	}
	lines := h.table.view(h.styles, h.glyphs, focused)
	if h.zoomed {
		lines = append(lines, h.stackLines(h.height-len(lines))...)
	}
	return lines
}
