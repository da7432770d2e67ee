// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"time"

	"spotos/session"
)

// callerRow builds the row of a caller in a sample taken at now.
func callerRow(c session.ProgramCalls, now time.Time) row {
	uid, order := "", 0.0
	if c.UID != nil {
		uid, order = fmt.Sprint(*c.UID), float64(*c.UID)
	}
	return row{id: programID(c), cells: []cell{
		{text: c.Name()},
		{text: callsText(c.Calls), order: float64(c.Calls)},
		{text: rateText(c.Rate), order: c.Rate},
		{text: fmt.Sprint(c.InFlight), order: float64(c.InFlight)},
		{text: lastText(c.Last, now), order: -float64(now.Sub(c.Last))},
		{text: uid, order: order},
		{text: c.Cgroup},
		{text: c.What()},
	}}
}

// programID names a row, also where two are called the same.
func programID(c session.ProgramCalls) string { return fmt.Sprintf("%s (row %d)", c.Name(), c.ID) }

// callsText writes a number of calls, whole as long as that fits into 8 columns.
func callsText(n uint64) string {
	if n >= 1e8 {
		return rateText(float64(n))
	}
	return fmt.Sprint(n)
}

// lastText says how long ago the last call began: in whole seconds, so that the screen does not change for less.
func lastText(last, now time.Time) string {
	switch ago := now.Sub(last); {
	case last.IsZero():
		return "before"
	case ago < time.Second:
		return "now"
	case ago < time.Minute:
		return fmt.Sprintf("%d s", int(ago.Seconds()))
	default:
		return session.Span(ago)
	}
}

// describeCaller says all that is known of a caller, a paragraph each.
func describeCaller(c session.ProgramCalls) []string {
	who := c.Name() + ": " + c.What()
	if c.UID != nil {
		who += fmt.Sprintf("; uid %d", *c.UID)
	}
	switch {
	case c.Processes > 1:
		who += fmt.Sprintf("; %d processes, the last that called is pid %d", c.Processes, c.PID)
	case c.PID != 0:
		who += fmt.Sprintf("; pid %d", c.PID)
	}
	lines := []string{who + "."}
	if c.Cgroup != "" {
		lines = append(lines, "In the cgroup "+c.Cgroup+".")
	}
	for _, f := range c.Functions {
		lines = append(lines, fmt.Sprintf("%s: %s, %d in flight", f.Name, session.Counted(int(f.Calls), "call"), f.InFlight))
	}
	return lines
}
