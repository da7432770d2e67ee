// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"time"

	"spotos/session"
)

// timelineMarks is how many marks a timeline keeps. Of more the oldest go that matter least.
const timelineMarks = 500

// mark is something that happened at a time.
type mark struct {
	at   time.Duration // since the timeline's start
	kind markKind
	text string
}

// markKind says what a mark is about. The first matter most.
type markKind int

const (
	markOwn markKind = iota // set by the operator, in a recording
	markSwitch
	markArmed
	markStuck
	markEnded // aborted, or failed
	markNudge
	markAttempt // that found holders
)

// passing reports whether there may be any number of such marks in one arming.
func (k markKind) passing() bool { return k == markNudge || k == markAttempt }

// tone returns what a mark means for the operator.
func (k markKind) tone() tone {
	switch k {
	case markSwitch:
		return toneGood
	case markStuck:
		return toneBad
	case markOwn:
		return toneNone
	}
	return toneWarn
}

// word returns what a kind of mark is called where its text has no room.
func (k markKind) word() string {
	return [...]string{"yours", "switched", "armed", "stuck", "aborted or failed", "nudged", "held"}[k]
}

// glyph returns the sign of a mark.
func (g glyphs) glyph(k markKind) string {
	switch k {
	case markSwitch:
		return g.safe
	case markArmed:
		return g.down
	case markStuck:
		return g.warn
	case markEnded:
		return "-"
	case markNudge:
		return "n"
	case markOwn:
		return "m"
	}
	return "x"
}

// addMark takes an event that is no sample.
func (t *timeline) addMark(at time.Duration, event session.Event) {
	m := mark{at: at}
	switch e := event.(type) {
	case session.Switched:
		m.kind, m.text = markSwitch, string(e.Kind)
	case session.Armed:
		m.kind, m.text = markArmed, "armed to "+string(e.Direction)
	case session.Stuck:
		m.kind, m.text = markStuck, "stuck"
	case session.Aborted:
		m.kind, m.text = markEnded, "aborted"
	case session.Failed:
		if e.Refused {
			return
		}
		m.kind, m.text = markEnded, "failed"
	case session.Nudged:
		m.kind, m.text = markNudge, nudgeText(e)
	case session.Attempted:
		if e.Switched {
			return // its switch follows
		}
		m.kind, m.text = markAttempt, heldBy(e)
	default:
		return
	}
	if len(t.marks) >= timelineMarks {
		out := max(0, slices.IndexFunc(t.marks, func(m mark) bool { return m.kind.passing() }))
		t.marks = slices.Delete(slices.Clone(t.marks), out, out+1)
	}
	t.marks = append(t.marks, m)
}

// nudgeText says what a nudge does, in a few words.
func nudgeText(e session.Nudged) string {
	switch e.How {
	case session.NudgeSignal:
		return "woke " + session.Counted(len(e.PIDs), "holder")
	case session.NudgeFreeze:
		return "froze " + session.Counted(len(e.PIDs), "holder")
	}
	return e.How
}

// heldBy names who held an attempt.
func heldBy(e session.Attempted) string {
	if len(e.Holders) == 0 {
		return "not switched"
	}
	if e.Total > 1 {
		return fmt.Sprintf("held by %d, %s the longest", e.Total, e.Holders[0].Comm)
	}
	return "held by " + e.Holders[0].Comm
}
