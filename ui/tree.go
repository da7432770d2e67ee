// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// While a patch is stuck, the holders stand in groups of those with the same stack, the largest group first. enter
// opens a group and closes it again. Where the operator sorts or filters, they stand one by one, as they do otherwise.

// grouped reports whether the holders are to stand in groups.
func (h *holdersPane) grouped() bool {
	t := &h.table
	return h.stuck() && t.filter == "" && t.sortBy == 0 && !t.reverse
}

// roomyHeight is how many lines a pane has at least that shows more than it is asked for.
const roomyHeight = 18

// roomy reports whether the card and all holders, as many as have been seen, have room beside each other: the groups
// are open then by themselves.
func (h *holdersPane) roomy() bool {
	if h.height < roomyHeight || h.zoomed || !h.stuck() {
		return false
	}
	return cardHeight(h.card(h.list[0]))+len(h.pic.Groups())+max(h.mostSeen, len(h.list))+2 <= h.height
}

// isOpen reports whether the holders of a group stand below it.
func (h *holdersPane) isOpen(id string) bool { return h.opened[id] != h.spread }

// withStacks puts below a list that leaves much room in how many holders each stack is found, at a place that does not
// move as they come and go.
func (h *holdersPane) withStacks(lines []string) []string {
	at, groups := h.Want(false), h.pic.Groups()
	if room := h.height - at - 2; h.height < roomyHeight || room < 1 || len(lines) > at || len(groups) == 0 {
		return lines
	} else if len(groups) > room {
		groups = groups[:room]
	}
	for len(lines) <= at {
		lines = append(lines, "")
	}
	lines = append(lines, "  "+h.Faint.Render("BY STACK"))
	for _, g := range groups {
		head := fmt.Sprintf("  %d x  ", g.Count)
		way := elide(g.Way(h.pic.Started.Patch, h.pic.functions()), h.table.width-len(head), h.ellipsis)
		lines = append(lines, head+h.markPatch(way))
	}
	return lines
}

// stuck reports whether somebody stands in the way of a patch that is stuck.
func (h *holdersPane) stuck() bool {
	return h.pic != nil && h.pic.Phase == session.PhaseStuck && len(h.list) > 0
}

// treeRows builds a row for each group, and below those that are open one for each holder. Only the rows on the screen
// are drawn later.
func (h *holdersPane) treeRows() []row {
	groups := h.pic.Groups()
	h.first = map[string]int{}
	members := map[string][]int{} // of the open groups
	for i := range h.list {
		id := h.list[i].GroupID()
		if _, ok := h.first[id]; !ok {
			h.first[id] = i
		}
		if h.isOpen(id) {
			members[id] = append(members[id], i)
		}
	}
	h.table.bare = len(members) == 0
	rows := make([]row, 0, len(groups))
	left := h.total
	for _, g := range groups {
		id := g.ID()
		left -= g.Count
		rows = append(rows, h.groupRow(g, id))
		for _, i := range members[id] {
			r := h.row(h.list[i])
			r.cells[0].text = "    " + r.cells[0].text
			rows = append(rows, r)
		}
		if more := g.Count - len(members[id]); h.isOpen(id) && more > 0 {
			rows = append(rows, h.wholeRow(id+" more", fmt.Sprintf("      and %d more, which are not listed", more)))
		}
	}
	if left > 0 {
		rows = append(rows, h.wholeRow("others", fmt.Sprintf("  and %d more, whose stacks are not listed", left)))
	}
	return rows
}

// groupRow builds the row of a group.
func (h *holdersPane) groupRow(g session.HolderGroup, id string) row {
	mark := "+"
	if h.isOpen(id) {
		mark = "-"
	}
	age := sinceText(session.Holder{Since: g.Longest, Before: g.Before})
	if g.Count > 1 {
		age = "the longest " + age
	}
	head := fmt.Sprintf("%s %d x  %s  ", mark, g.Count, age)
	return h.wholeRow(id, head+elide(g.Way(h.pic.Started.Patch, h.pic.functions()), h.table.width-2-len(head), h.ellipsis))
}

// wholeRow builds a row that is one text.
func (h *holdersPane) wholeRow(id, text string) row {
	return row{id: id, cells: make([]cell, len(h.table.columns)), rest: text}
}

// elide shortens a way into the kernel to a width: where one sleeps, and which function of the patch it is in, matter
// more than what is between.
func elide(way string, width int, ellipsis string) string {
	steps := strings.Split(way, session.Calls)
	for n := len(steps); ansi.StringWidth(way) > width && n > 2; n-- {
		way = strings.Join(slices.Concat(steps[:1], []string{ellipsis}, steps[len(steps)-n+2:]), session.Calls)
	}
	return way
}

// openGroup opens the group under the cursor, or closes it. It returns false where there is none.
func (h *holdersPane) openGroup() bool {
	r, ok := h.table.selected()
	if _, group := h.first[r.id]; !ok || !group || !h.grouped() {
		return false
	}
	if h.opened[r.id] {
		delete(h.opened, r.id)
	} else {
		h.opened[r.id] = true
	}
	h.SetPicture(h.pic)
	return true
}
