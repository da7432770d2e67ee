// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"spotos/session"
)

// stackView is the part of a holder's card and stack that is on the screen.
type stackView struct {
	of   string // pid of the holder
	from int    // the first line shown
	room int    // lines shown at once

	found string // what is searched for, in small letters
	mark  int    // the frame where it was found last, and 1 more; 0: none
}

// stackOf returns what tells a holder's stack from those of others.
func stackOf(holder session.Holder) string { return fmt.Sprint(holder.PID) }

// scrollStack scrolls by a page, forward or back.
func (h *holdersPane) scrollStack(forward bool) {
	page := max(1, h.stack.room-1)
	if !forward {
		page = -page
	}
	h.stack.from += page
}

// details draws all that is known of the holder under the cursor: its card and its stack.
func (h *holdersPane) details(room int) []string {
	holder, ok := h.chosen()
	if !ok || room < 3 {
		return nil
	}
	if of := stackOf(holder); h.stack.of != of {
		h.stack = stackView{of: of, found: h.stack.found}
	}
	lines := slices.Concat(h.drawCard(h.card(holder)), h.stackLines(holder))
	h.stack.room = room - 1
	h.stack.from = max(0, min(h.stack.from, len(lines)-h.stack.room))
	to := min(len(lines), h.stack.from+h.stack.room)
	head := ""
	if len(lines) > h.stack.room {
		head = h.Faint.Render(cut(fmt.Sprintf("  %s, pid %d: lines %d-%d of %d (pgup, pgdn)", holder.Comm, holder.PID,
			h.stack.from+1, to, len(lines)), h.table.width, h.ellipsis))
	}
	return append([]string{head}, lines[h.stack.from:to]...)
}

// stackLines draws the stack of a holder and marks the patch's functions in it.
func (h *holdersPane) stackLines(holder session.Holder) []string {
	lines := []string{"", h.Bold.Render("  STACK     ") + "innermost first"}
	if holder.Doubt != "" {
		lines = append(lines, h.Warn.Render(cut("  "+h.doubt+" "+holder.Doubt, h.table.width, h.ellipsis)))
	}
	for i, frame := range holder.Stack {
		lines = append(lines, h.frameLine(frame, i == h.stack.mark-1))
	}
	return lines
}

// frameAt returns the line of a frame among the details of its holder.
func (h *holdersPane) frameAt(holder session.Holder, frame int) int {
	return cardHeight(h.card(holder)) + len(h.stackLines(holder)) - len(holder.Stack) + frame
}

// frameLine draws one frame. marked: it is the one that was found.
func (h *holdersPane) frameLine(frame string, marked bool) string {
	mark, line, style := "    ", frame, h.Plain
	if marked {
		mark = h.keys.Search.Help().Key + "   "
	}
	switch {
	case session.OfPatch(session.Symbol(frame), h.pic.Started.Patch, h.pic.functions()):
		mark, line, style = mark[:2]+"> ", line+"  <- in the patch", h.Warn
	case strings.HasPrefix(frame, "0x"): // generated at run time: ftrace's trampolines have no symbol
		line += "  (no symbol: a trampoline, likely)"
	}
	return cut(style.Render(mark)+highlight(line, h.stack.found, style), h.table.width, h.ellipsis)
}
