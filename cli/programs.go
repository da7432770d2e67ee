// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"strings"
	"time"

	"spotos/session"
)

// programsShown is how many programs watch prints at each sample; --json has session.ProgramsListed.
const programsShown = 10

// programsText returns who calls, a line each, the most calls first. It returns "" if calls are not counted by program.
func programsText(p *session.Programs, now time.Time) string {
	if p == nil {
		return ""
	}
	var b strings.Builder
	clock := now.Format("15:04:05.000")
	if len(p.List) == 0 {
		fmt.Fprintf(&b, "%s  no program has called yet\n", clock)
	}
	for i, c := range p.List {
		if i == programsShown {
			fmt.Fprintf(&b, "%s  and %s more: --json lists %d of all\n", clock,
				session.Counted(p.Total-i, "program"), session.ProgramsListed)
			break
		}
		fmt.Fprintf(&b, "%s  %-24s %9d calls %9.1f/s  %d in flight, last %s%s\n", clock, session.Plain(c.Name()), c.Calls,
			c.Rate, c.InFlight, lastText(c.Last, now), session.Plain(whoText(c)))
	}
	return b.String()
}

// lastText says when a caller's last call began.
func lastText(last, now time.Time) string {
	if last.IsZero() {
		return "before the watch"
	}
	return session.Span(max(0, now.Sub(last))) + " ago"
}

// whoText says which program it is and who runs it.
func whoText(c session.ProgramCalls) string {
	text := "; " + c.What()
	switch {
	case c.Processes > 1:
		text += fmt.Sprintf(", %d processes", c.Processes)
	case c.PID != 0:
		text += fmt.Sprintf(", pid %d", c.PID)
	}
	if c.UID != nil {
		text += fmt.Sprintf(", uid %d", *c.UID)
	}
	if c.Cgroup != "" {
		text += ", cgroup " + c.Cgroup
	}
	return text
}
