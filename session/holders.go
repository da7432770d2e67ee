// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// HoldersListed bounds the holders that an event lists with their stacks. Events, the journal, --json and the console
// name the longest inside; the total beside them says how many there are.
const HoldersListed = 100

// LongestFirst sorts holders into the one order in which they are listed and named: the longest inside first. Calls
// from before the watch are older than any that it saw begin.
func LongestFirst(holders []Holder) {
	slices.SortStableFunc(holders, func(a, b Holder) int {
		if a.Before != b.Before {
			if a.Before {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Since, a.Since), cmp.Compare(a.PID, b.PID))
	})
}

// String names the holder and the function that it is in.
func (h Holder) String() string { return fmt.Sprintf("%s (pid %d) in %s", h.Comm, h.PID, h.Function) }

// Inside returns how long the holder has been seen inside without running in between.
func (h Holder) Inside() time.Duration { return time.Duration(h.Since) }

// NameHolders says how many holders there are, and names the first three.
func NameHolders(holders []Holder, total int) string {
	text := Counted(total, "holder")
	for i, h := range holders {
		if i == namedHolders {
			break
		}
		text += ", " + h.String()
	}
	return text + AndMore(min(len(holders), namedHolders), max(total, len(holders)))
}

// AndMore says how many are left of total where named are named: ", and 5 more". It returns "" where none are left, and
// where none is named.
func AndMore(named, total int) string {
	if named == 0 || total <= named {
		return ""
	}
	return fmt.Sprintf(", and %d more", total-named)
}

// WhyStuck says why a patch has not switched by the deadline, which functions run on, and what to do. holders are in
// the order of LongestFirst.
func WhyStuck(direction Direction, holders []Holder, total int) string {
	runsOn := "nothing changed"
	if direction == Revert {
		runsOn = "the replacements run on"
	}
	switch {
	case len(holders) == 0:
		return "the deadline passed before a safe point came; " + runsOn + ": retry, or allow it more time"
	case holders[0].Deaf && holders[0].Kthread:
		return fmt.Sprintf("%s; %s: patch a function that it does not sleep in, retry later, or abort",
			atDeadline(holders, total), runsOn)
	case holders[0].Deaf:
		return fmt.Sprintf("%s; %s: retry with a freeze, which keeps it out once it leaves by itself, or abort",
			atDeadline(holders, total), runsOn)
	case total <= 1:
		return atDeadline(holders, total) + "; " + runsOn + ": nudge it, retry, or abort"
	}
	return fmt.Sprintf("%s the longest; %s: nudge them, retry, or abort", atDeadline(holders, total), runsOn)
}

// atDeadline says how many holders there were at the deadline, and who has been inside the longest.
func atDeadline(holders []Holder, total int) string {
	if total <= 1 {
		return inside(holders[0])
	}
	return fmt.Sprintf("%d holders at the deadline: %s", total, inside(holders[0]))
}

// WhyDeaf says that holders do not leave when they are woken, and what remains to be done.
func WhyDeaf(holders []Holder) string {
	text := inside(holders[0]) + AndMore(1, len(holders)) + ": it has to leave by itself"
	if !holders[0].Kthread {
		text += ", and a freeze then keeps it out"
	}
	return text
}

// inside says in which function a holder is.
func inside(h Holder) string {
	text := fmt.Sprintf("%s (pid %d) is inside %s", h.Comm, h.PID, h.Function)
	if h.Deaf {
		text += " and does not leave when it is woken" + h.asleep()
	}
	return text
}

// asleep says why a holder does not leave when it is woken, as far as its state tells.
func (h Holder) asleep() string {
	if strings.ContainsAny(h.State, "DI") {
		return ", since it sleeps uninterruptibly"
	}
	return ""
}
