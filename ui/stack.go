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

	found string // what is searched for, in small letters
	mark  int    // the frame where it was found last, and 1 more; 0: none
}

// stackOf returns what tells a holder's stack from those of others.
func stackOf(holder session.Holder) string { return fmt.Sprint(holder.PID) }

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
	if of := stackOf(holder); h.stack.of != of {
		h.stack = stackView{of: of, found: h.stack.found}
	}
	var lines []string
	if holder.Doubt != "" {
		lines = append(lines, h.Warn.Render(cut("  "+h.doubt+" "+holder.Doubt, h.table.width, h.ellipsis)))
	}
	h.stack.room = max(1, room-2-len(lines))
	h.stack.from = max(0, min(h.stack.from, len(holder.Stack)-h.stack.room))
	to := min(len(holder.Stack), h.stack.from+h.stack.room)
	for i, frame := range holder.Stack[h.stack.from:to] {
		lines = append(lines, h.frameLine(frame, h.stack.from+i == h.stack.mark-1))
	}
	return append([]string{"", h.Bold.Render(cut("  "+h.stackHead(holder, to), h.table.width, h.ellipsis))}, lines...)
}

// stackHead returns the line above the stack: whose it is and, if it is too long, which frames are shown.
func (h *holdersPane) stackHead(holder session.Holder, to int) string {
	head := fmt.Sprintf("Stack of %s, pid %d of process %d, innermost first", holder.Comm, holder.PID, holder.TGID)
	if len(holder.Stack) > h.stack.room {
		head = fmt.Sprintf("Stack of %s, pid %d, %d-%d of %d (pgup, pgdn)",
			holder.Comm, holder.PID, h.stack.from+1, to, len(holder.Stack))
	}
	return head
}

// frameLine draws one frame. marked: it is the one that was found.
func (h *holdersPane) frameLine(frame string, marked bool) string {
	mark, line, style := "    ", frame, h.Plain
	if marked {
		mark = h.keys.Search.Help().Key + "   "
	}
	switch {
	case h.ofThePatch(frame):
		mark, line, style = mark[:2]+"> ", line+"  <- in the patch", h.Warn
	case strings.HasPrefix(frame, "0x"): // generated at run time: ftrace's trampolines have no symbol
		line += "  (no symbol: a trampoline, likely)"
	}
	return cut(style.Render(mark)+highlight(line, h.stack.found, style), h.table.width, h.ellipsis)
}

// ofThePatch reports whether a frame is in one of the patch's functions, or in the patch's own module, where the
// replacements are.
func (h *holdersPane) ofThePatch(frame string) bool {
	module := "[" + strings.ReplaceAll(h.pic.Started.Patch, "-", "_") + "]"
	return slices.Contains(h.pic.functions(), symbol(frame)) || strings.HasSuffix(frame, module)
}
