// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"spotos/session"
)

// stackView is the part of a stack that is on the screen.
type stackView struct {
	of   string // pid of the holder
	from int    // the first frame shown
	room int    // frames shown at once
}

// scrollStack scrolls by a page of frames, forward or back.
func (h *holdersPane) scrollStack(forward bool) {
	page := max(1, h.stack.room-1)
	if !forward {
		page = -page
	}
	h.stack.from += page
}

// stackLines draws the stack of the holder under the cursor and marks the patch's functions in it.
func (h *holdersPane) stackLines(room int) []string {
	holder, ok := h.chosen()
	if !ok || room < 3 {
		return nil
	}
	if id := fmt.Sprint(holder.PID); h.stack.of != id {
		h.stack = stackView{of: id}
	}
	var lines []string
	if holder.Doubt != "" {
		lines = append(lines, h.Warn.Render(cut("  "+h.doubt+" "+holder.Doubt, h.table.width, h.ellipsis)))
	}
	h.stack.room = max(1, room-2-len(lines))
	h.stack.from = max(0, min(h.stack.from, len(holder.Stack)-h.stack.room))
	to := min(len(holder.Stack), h.stack.from+h.stack.room)
	for _, frame := range holder.Stack[h.stack.from:to] {
		lines = append(lines, h.frameLine(frame))
	}
	return append([]string{"", h.Bold.Render(cut("  "+h.stackHead(holder, to), h.table.width, h.ellipsis))}, lines...)
}

func (h *holdersPane) stackHead(holder session.Holder, to int) string {
	head := fmt.Sprintf("Stack of %s, pid %d of process %d, innermost first", holder.Comm, holder.PID, holder.TGID)
	if len(holder.Stack) > h.stack.room {
		head = fmt.Sprintf("Stack of %s, pid %d, %d-%d of %d (pgup, pgdn)",
			holder.Comm, holder.PID, h.stack.from+1, to, len(holder.Stack))
	}
	return head
}

func (h *holdersPane) frameLine(frame string) string {
	line := "    " + frame
	if strings.HasPrefix(frame, "0x") { // generated at run time: ftrace's trampolines have no symbol
		line += "  (no symbol: a trampoline, likely)"
	}
	if h.ofThePatch(frame) {
		line = h.Warn.Render("  > " + frame + "  <- in the patch")
	}
	return fit(line, h.table.width, false, h.ellipsis)
}

// ofThePatch reports whether a frame is in one of the patch's functions, or in the patch's own module, where the
// replacements are.
func (h *holdersPane) ofThePatch(frame string) bool {
	module := "[" + strings.ReplaceAll(h.pic.Started.Patch, "-", "_") + "]"
	return slices.Contains(h.pic.functions(), symbol(frame)) || strings.HasSuffix(frame, module)
}
