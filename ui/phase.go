// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"spotos/session"
)

// phase is where an operation stands, in the words of the screen.
type phase int

const (
	phaseNone phase = iota
	phaseWatching
	phaseArmed
	phaseSafePoint
	phaseAttempting
	phaseApplied
	phaseStuck
	phaseAborted
	phaseReverting
	phaseReverted
	phaseFailed
)

var phaseWords = map[phase]string{
	phaseNone: "NO PATCH IN HAND", phaseWatching: "WATCHING", phaseArmed: "ARMED",
	phaseSafePoint: "SAFE POINT SEEN", phaseAttempting: "ATTEMPTING", phaseApplied: "APPLIED",
	phaseStuck: "STUCK", phaseAborted: "ABORTED", phaseReverting: "REVERTING",
	phaseReverted: "REVERTED", phaseFailed: "FAILED",
}

// phaseOf is the phase that the module's word alone says.
func phaseOf(s session.State) phase {
	switch s {
	case session.StateArmed:
		return phaseArmed
	case session.StateApplied:
		return phaseApplied
	case session.StateReverting:
		return phaseReverting
	}
	return phaseWatching
}

func (ph phase) badge(st styles) lipgloss.Style {
	switch ph {
	case phaseApplied, phaseReverted:
		return st.GoodBadge
	case phaseArmed, phaseReverting, phaseSafePoint, phaseAttempting:
		return st.WarnBadge
	case phaseStuck, phaseFailed:
		return st.BadBadge
	}
	return st.Badge
}

// settled tells whether it is worth a look what the machine does now.
func (ph phase) settled() bool { return ph == phaseApplied || ph == phaseReverted }

// sentence says what the state means for the machine.
func (p *picture) sentence() string {
	switch p.phase {
	case phaseWatching:
		return "Nothing is asked of the kernel: the original functions run."
	case phaseArmed:
		return "Nothing has changed yet. The kernel switches at the next safe point" + p.deadline() + "."
	case phaseReverting:
		return "Nothing has changed yet: the replacements run until the next safe point" + p.deadline() + "."
	case phaseSafePoint:
		return "All counts were at zero a moment ago. Nothing has changed yet: the attempt follows."
	case phaseAttempting:
		return p.attemptSentence()
	case phaseApplied:
		return "The replacements run" + p.switchSentence()
	case phaseReverted:
		return "The original functions run again" + p.switchSentence()
	case phaseStuck:
		return "Nothing changed; it waits for a retry. " + p.stuckReason()
	case phaseAborted:
		return p.unchanged() + " " + upperFirst(full(orWords(p.reason, "the arming was taken back")))
	case phaseFailed:
		return "Nothing changed. " + full(orWords(p.reason, "no reason was given"))
	}
	return ""
}

func orWords(s, words string) string {
	if s == "" {
		return words
	}
	return s
}

// unchanged says which functions go on running.
func (p *picture) unchanged() string {
	if p.armed.Direction == session.Revert {
		return "Nothing changed: the replacements still run."
	}
	return "Nothing changed: the original functions run."
}

func (p *picture) deadline() string {
	if p.armed.Timeout == 0 {
		return ""
	}
	if left := p.armed.Timeout - p.waited(); left > 0 {
		return "; it gives up in " + session.Span(left)
	}
	return ""
}

func (p *picture) attemptSentence() string {
	if p.attempt.Switched {
		return fmt.Sprintf("Attempt %d switched all functions.", p.attempt.Number)
	}
	return fmt.Sprintf("Attempt %d found %s and did nothing. Nothing has changed yet; still armed.",
		p.attempt.Number, counted(p.attempt.Total, "holder"))
}

func (p *picture) switchSentence() string {
	if p.switched.Time.IsZero() {
		return "; they did before this console was opened."
	}
	s := fmt.Sprintf(" since %s, switched at a safe point: waited %s, %s, CPUs stopped for %s",
		p.switched.Time.Format(clock), session.Span(p.switched.Wait), counted(p.switched.Attempts, "attempt"), session.Span(p.switched.Window))
	if p.switched.Trigger > 0 {
		s += ", " + session.Span(p.switched.Trigger) + " after the last return"
	}
	return s + "."
}

// stuckReason names who is inside the longest, of those that the screen shows.
func (p *picture) stuckReason() string {
	holders, total := p.inside()
	switch {
	case len(holders) == 0 && p.stuck.Total > 0:
		return "Nobody is inside now; " + counted(p.stuck.Total, "holder") + " at the deadline."
	case len(holders) == 0:
		return upperFirst(full(orWords(p.stuck.Reason, "no reason was given")))
	}
	h := holders[0]
	s := fmt.Sprintf("%s (pid %d) is inside %s", h.Comm, h.PID, h.Function)
	if h.Since > 0 && total > 1 {
		s += " the longest"
	}
	if total > 1 {
		s += ", " + othersInside(total-1)
	}
	return s + "."
}

func othersInside(n int) string {
	if n == 1 {
		return "1 more is there"
	}
	return fmt.Sprintf("%d more are there", n)
}

// next returns the keys that make sense now, the likeliest first.
func (p *picture) next(k KeyMap) []key.Binding {
	if p == nil {
		return []key.Binding{k.Enter}
	}
	if p.ended {
		return []key.Binding{k.Enter}
	}
	switch p.phase {
	case phaseAttempting:
		if p.attempt.Switched && p.armed.Direction == session.Revert {
			return []key.Binding{k.Arm}
		} else if p.attempt.Switched {
			return []key.Binding{k.Revert}
		}
		return []key.Binding{k.Abort, k.Nudge}
	case phaseArmed, phaseReverting, phaseSafePoint:
		return []key.Binding{k.Abort, k.Nudge}
	case phaseApplied:
		return []key.Binding{k.Revert}
	case phaseStuck:
		if p.armedNow() {
			return []key.Binding{k.Retry, k.Nudge, k.Abort}
		}
		return []key.Binding{k.Retry, k.Nudge}
	}
	if p.kernel == session.StateApplied {
		return []key.Binding{k.Revert}
	}
	return []key.Binding{k.Arm}
}
