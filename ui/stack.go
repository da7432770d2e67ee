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
}

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
	if id := fmt.Sprint(holder.PID); h.stack.of != id {
		h.stack = stackView{of: id}
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
	for _, frame := range holder.Stack {
		lines = append(lines, h.frameLine(frame))
	}
	return lines
}

// frameLine draws one frame.
func (h *holdersPane) frameLine(frame string) string {
	line := "    " + frame
	if strings.HasPrefix(frame, "0x") { // generated at run time: ftrace's trampolines have no symbol
		line += "  (no symbol: a trampoline, likely)"
	}
	if session.OfPatch(session.Symbol(frame), h.pic.Started.Patch, h.pic.functions()) {
		line = h.Warn.Render("  > " + frame + "  <- in the patch")
	}
	return fit(line, h.table.width, false, h.ellipsis)
}
