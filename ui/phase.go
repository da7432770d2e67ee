// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"spotos/session"
)

// phaseWord returns a phase in brackets, so that it stands out without colour.
func phaseWord(ph session.Phase) string { return "[ " + strings.ToUpper(ph.String()) + " ]" }

// badge returns the style of a phase: good once the patch is applied, a warning while it may switch at any moment. With
// the original functions back it is as plain as before the patch.
func badge(ph session.Phase, st styles) lipgloss.Style {
	switch ph {
	case session.PhaseApplied:
		return st.GoodBadge
	case session.PhaseArmed, session.PhaseReverting, session.PhaseSafePoint, session.PhaseAttempting:
		return st.WarnBadge
	case session.PhaseStuck, session.PhaseFailed, session.PhaseNotRunning:
		return st.BadBadge
	}
	return st.Badge
}

// sentence says what the phase means for the machine.
func (p *picture) sentence() string {
	switch p.Phase {
	case session.PhaseWatching:
		return "Nothing is asked of the kernel: the original functions run."
	case session.PhaseArmed:
		return p.armedSentence("Nothing has changed yet. The kernel switches at the next safe point")
	case session.PhaseReverting:
		return p.armedSentence("Nothing has changed yet: the replacements run until the next safe point")
	case session.PhaseSafePoint:
		return "All counts were at zero a moment ago. Nothing has changed yet: the attempt follows."
	case session.PhaseAttempting:
		return p.attemptSentence()
	case session.PhaseApplied:
		return "The replacements run" + p.switchSentence()
	case session.PhaseReverted:
		return "The original functions run again" + p.switchSentence()
	case session.PhaseStuck:
		return p.stuckSentence() + p.stuckReason()
	case session.PhaseNotRunning:
		return "The patch was applied, but it is not proved that the kernel still runs the replacements: spotos status " +
			"says why. Reboot the machine."
	case session.PhaseAborted:
		return p.unchanged() + " " + upperFirst(withPeriod(cmp.Or(p.Reason, "the arming was taken back")))
	case session.PhaseFailed:
		return "Nothing changed. " + withPeriod(cmp.Or(p.Reason, "no reason was given"))
	}
	return ""
}

// armedSentence says what the kernel waits for, or that an attempt has switched just now.
func (p *picture) armedSentence(waits string) string {
	switch {
	case p.ByOther() != "":
		return waits + ". " + elsewhere
	case p.Attempt.Switched:
		return p.attemptSentence()
	}
	return waits + p.deadline() + "."
}

// elsewhere says what can be done here about an arming of another process.
const elsewhere = "Another process armed it: from here it can only be aborted."

// stuckSentence says which functions run on while it is stuck, and what it waits for.
func (p *picture) stuckSentence() string {
	s := "Nothing changed; "
	if p.State.Replaced() {
		s = "The replacements run on; "
	}
	if p.ByOther() != "" {
		return s + "the kernel does not try any more. " + elsewhere + " "
	}
	return s + "it waits for your decision. "
}

// unchanged says which functions still run.
func (p *picture) unchanged() string {
	if p.State.Replaced() {
		return "Nothing changed: the replacements still run."
	}
	return "Nothing changed: the original functions run."
}

// deadline says when the kernel gives up, or "" where no deadline is ahead.
func (p *picture) deadline() string {
	if p.Armed.Timeout == 0 {
		return ""
	}
	if left := p.Armed.Timeout - p.Waited(); left > 0 {
		return "; it gives up in " + session.Span(left)
	}
	return ""
}

// attemptSentence says what the last attempt did.
func (p *picture) attemptSentence() string {
	if p.Attempt.Switched {
		return fmt.Sprintf("Attempt %d switched all functions.", p.Attempt.Number)
	}
	return fmt.Sprintf("Attempt %d found %s and did nothing. Nothing has changed yet; still armed.",
		p.Attempt.Number, session.Counted(p.Attempt.Total, "holder"))
}

// recalledSentence ends a sentence with when the patch was switched, and by whom, as the journal has it.
func (p *picture) recalledSentence() string {
	r := p.Receipt
	s := " since " + r.Switched.Time.Format(time.DateTime)
	if r.By != "" {
		s += ", armed by " + r.By
	}
	return s + fmt.Sprintf(", as the journal has it: waited %s, %s, CPUs stopped for %s.", session.Span(r.Switched.Wait),
		session.Counted(r.Switched.Attempts, "attempt"), session.Span(r.Switched.Window))
}

// switchSentence ends a sentence with how the switch went.
func (p *picture) switchSentence() string {
	switch {
	case p.Receipt.Recalled:
		return p.recalledSentence()
	case !p.Switched.Time.IsZero():
	case p.Started.State == session.StateApplied:
		return "; they did before this console was opened."
	default:
		return "; another process switched them."
	}
	s := fmt.Sprintf(" since %s, switched at a safe point: waited %s, %s, CPUs stopped for %s",
		p.Switched.Time.Format(clock), session.Span(p.Switched.Wait),
		session.Counted(p.Switched.Attempts, "attempt"), session.Span(p.Switched.Window))
	if p.Switched.Trigger > 0 {
		s += ", " + session.Span(p.Switched.Trigger) + " after the last call returned"
	}
	return s + "."
}

// stuckReason names the holder that has been inside the longest, of those on the screen.
func (p *picture) stuckReason() string {
	holders, total := p.Inside()
	switch {
	case len(holders) == 0 && p.Stuck.Total > 0:
		return "Nobody is inside now; " + session.Counted(p.Stuck.Total, "holder") + " at the deadline."
	case len(holders) == 0 && p.ByOther() != "":
		return ""
	case len(holders) == 0:
		return upperFirst(withPeriod(cmp.Or(p.Stuck.Reason, "no reason was given")))
	}
	h := holders[0]
	s := fmt.Sprintf("%s (pid %d) is inside %s", h.Comm, h.PID, h.Function)
	if total > 1 {
		s = session.Counted(total, "holder") + ": " + s
		if h.Since > 0 {
			s += " the longest"
		}
	}
	if h.Deaf {
		s += ". It does not leave when it is woken"
		if !h.Kthread {
			s += ": a freeze keeps it out once it leaves by itself"
		}
	}
	return s + "."
}
