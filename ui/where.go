// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// The last column of the holders says where each sleeps: in which function of the kernel and, where there is room, who
// called that, as far as the function of the patch, in which system call, and on what.

const (
	sleepsIn    = "SLEEPS IN"
	whereColumn = 5        // among the columns
	deafMark    = "deaf: " // before what it says of one that does not leave when it is woken
)

// whereTitle returns the title of that column.
func (h *holdersPane) whereTitle() string {
	if h.wide() {
		return sleepsIn + session.Calls + "CALLED BY"
	}
	return sleepsIn
}

// wide reports whether there is room for more than one function. A slow line has no time for it.
func (h *holdersPane) wide() bool { return h.table.width >= framedWidth-3 }

// whereText returns what that column says of a holder; "" if its stack is not known.
func (h *holdersPane) whereText(holder session.Holder) string {
	way, call := h.wayTo(holder)
	switch {
	case len(way) == 0:
		return ""
	case !h.wide():
		return way[0]
	}
	room := h.whereRoom
	if holder.Deaf {
		room -= len(deafMark)
	}
	text := elide(strings.Join(way, session.Calls)+call, room, h.ellipsis)
	if ansi.StringWidth(text) > room { // what is between matters least
		text = way[0] + call
	}
	return text
}

// wayTo returns the functions from the one that a holder sleeps in to the one that the patch's function has called, and
// in which system call it is, with what that is made on where it is known.
func (h *holdersPane) wayTo(holder session.Holder) (way []string, call string) {
	of := func(name string) bool { return session.OfPatch(name, h.pic.Started.Patch, h.pic.functions()) }
	reached := false
	for _, symbol := range session.Chain(holder.Stack) {
		name, _, _ := strings.Cut(symbol, " [") // the module that it is in
		if reached = reached || of(symbol); !reached || len(way) == 0 {
			way = append(way, name)
		}
		if made, ok := strings.CutPrefix(name, "__x64_sys_"); ok {
			call = ", by " + made
		}
	}
	if made := h.pic.Details(holder.PID).Call; made != nil {
		call = ", by " + made.Name
		if made.File != nil {
			call += " on " + made.File.String()
		}
	}
	return way, call
}
