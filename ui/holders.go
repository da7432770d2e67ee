// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"time"

	"spotos/session"
)

// holdersPane lists the tasks inside the patch's functions. Zoomed, it also shows the card and the stack of the task
// under the cursor; while the patch is stuck, the card of the one that has been inside the longest.
type holdersPane struct {
	skin
	keys     KeyMap
	table    table
	pic      *picture
	list     []session.Holder
	at       map[string]int  // index in list, by the id of the row
	total    int             // all holders; list may have fewer
	mostSeen int             // the most in list since the patch was opened
	tree     bool            // they stand in groups: see tree.go
	first    map[string]int  // index in list of a group's first, by the id of the group
	spread   bool            // all groups have room to be open
	opened   map[string]bool // those that the operator has opened, or closed where they are open by themselves
	stack    stackView
	height   int
	zoomed   bool

	whereRoom int // columns that its last column has
}

// holderRoom bounds how many rows stay reserved for holders that have left.
const holderRoom = 8

func newHoldersPane(sk skin, keys KeyMap) *holdersPane {
	return &holdersPane{skin: sk, keys: keys, opened: map[string]bool{}, table: table{columns: []column{
		{title: "TASK", width: 15},
		{title: "PID", width: 7, right: true},
		{title: "S", width: 1},
		{title: "FUNCTION", width: 16},
		{title: "SINCE", width: 8, right: true},
		{title: sleepsIn, width: 12, grow: true, drop: 1},
	}}}
}

func (h *holdersPane) SetPicture(p *picture) {
	h.pic, h.list, h.total = p, nil, 0
	if p == nil {
		h.mostSeen = 0
		clear(h.opened)
	} else {
		h.list, h.total = p.Inside()
		h.mostSeen = max(h.mostSeen, len(h.list))
	}
	longest := 16
	h.at = make(map[string]int, len(h.list))
	for i, holder := range h.list {
		longest = max(longest, len(holder.Function))
		h.at[holderID(holder)] = i
	}
	h.table.columns[3].width = min(longest, max(16, h.table.width-52))
	h.table.columns[whereColumn].title = h.whereTitle()
	h.whereRoom = h.table.layout()[whereColumn]
	h.regroup()
}

// holderID returns what tells a holder from the others: a task may be inside several functions.
func holderID(h session.Holder) string { return fmt.Sprintf("%d %s", h.PID, h.Function) }

// regroup builds the rows: in groups or one by one.
func (h *holdersPane) regroup() {
	if h.tree = h.grouped(); h.tree {
		h.table.setRows(h.treeRows())
		return
	}
	h.table.bare = false
	rows := make([]row, 0, len(h.list))
	for _, holder := range h.list {
		rows = append(rows, h.row(holder))
	}
	h.table.setRows(rows)
}

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
	where := cell{text: h.whereText(holder), style: h.Faint.Render}
	if holder.Deaf {
		where = cell{text: deafMark + where.text, style: h.Warn.Render}
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

// chosen returns the holder under the cursor.
func (h *holdersPane) chosen() (session.Holder, bool) {
	r, ok := h.table.selected()
	if !ok {
		return session.Holder{}, false
	}
	return h.of(r)
}

// of returns the holder of a row; of a group the one that has been inside the longest.
func (h *holdersPane) of(r row) (session.Holder, bool) {
	i, ok := h.at[r.id]
	if !ok && h.tree {
		i, ok = h.first[r.id]
	}
	if !ok {
		return session.Holder{}, false
	}
	return h.list[i], true
}

func (h *holdersPane) Title() string { return "Holders" }

func (h *holdersPane) Count() string {
	s := h.table.status()
	if h.tree {
		s = fmt.Sprintf("%d, by stack", h.total)
	}
	if h.total > len(h.list) && !h.tree {
		s += fmt.Sprintf(" of %d in all", h.total)
	}
	return s + h.otherMoment()
}

// otherMoment says that the holders are those of another moment than the count above them: that is of a safe point, or
// their numbers differ, since a sample reads the stacks just before it.
func (h *holdersPane) otherMoment() string {
	if h.pic != nil && h.total > 0 && h.pic.moment.atZero() {
		return " inside " + h.pic.sampleBeside()
	}
	if h.pic == nil || h.total == 0 || int64(h.total) == h.pic.Sample.InFlight || h.pic.Sample.WhyDoubted() != "" {
		return ""
	}
	return fmt.Sprintf(", just before the count of %d", h.pic.Sample.InFlight)
}

func (h *holdersPane) SetSize(w, height int, zoomed bool) {
	h.height, h.zoomed = height, zoomed
	resized := w != h.table.width
	h.table.width = w
	if roomy := h.roomy(); roomy != h.spread || resized { // what rows say depends on the width
		h.spread = roomy
		h.SetPicture(h.pic)
	}
	list := height - h.cardRoom()
	if zoomed {
		list = min(len(h.table.all)+1, max(3, height/4))
	}
	h.table.setSize(w, list)
}

// cardRoom returns how many lines the card above the list has; 0 if there is none. Where a group is open, its holders
// have half of the lines if they need them, and on a low screen all.
func (h *holdersPane) cardRoom() int {
	if h.zoomed || !h.stuck() {
		return 0
	}
	list := max(1, min(h.rowLines(), h.height/3))
	if h.tree && !h.table.bare {
		list = min(h.rowLines(), max(leastOpen, h.height/2))
	}
	room := min(cardHeight(h.card(h.list[0])), h.height-list)
	if room < leastCard {
		return 0
	}
	return room
}

// leastOpen is how many lines an open group has at least: the heading, its own, and two holders.
const leastOpen = 4

// rowLines returns how many lines all rows would have.
func (h *holdersPane) rowLines() int {
	if h.table.bare {
		return len(h.table.all)
	}
	return len(h.table.all) + 1
}

// Want reserves rows for holders that come and go; otherwise the panes below would jump with them.
func (h *holdersPane) Want(bool) int {
	if h.stuck() && !h.zoomed {
		return cardHeight(h.card(h.list[0])) + h.rowLines()
	}
	return max(2, len(h.list)+1, min(h.mostSeen, holderRoom)+1)
}

func (h *holdersPane) Least() int {
	if h.stuck() && !h.zoomed {
		return leastCard + 1
	}
	return 2
}

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
			were := fmt.Sprintf("%d were", left)
			if left == 1 {
				were = "one was"
			}
			return []string{"  Nobody is inside; " + were + ", just before the count."}
		}
		return []string{"  Nobody is inside."}
	}
	lines := h.table.view(h.styles, h.glyphs, focused)
	switch {
	case h.zoomed:
		return append(lines, h.details(h.height-len(lines))...)
	case !h.tree:
		return h.withStacks(lines)
	}
	if room := h.cardRoom(); room > 0 {
		lines = append(h.drawCard(h.shorten(h.card(h.list[0]), room)), lines...)
	}
	return lines
}
