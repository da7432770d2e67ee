// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"time"

	"spotos/session"
)

// momentShown is how long the screen shows a safe point at least, by the times of the events: a switch takes less than
// any eye sees. The next sample ends it, so it is about three seconds.
const momentShown = 2500 * time.Millisecond

// moment is the last instant at which nobody was inside any function of the patch, as the probes reported it or the
// check of the stacks proved it.
type moment struct {
	at  time.Time // zero: there was none, or an attempt found holders at it
	now time.Time // of the last event
}

// add takes the next event. doubted: the counts may be wrong, so that only the check can say that they are zero.
func (m *moment) add(event session.Event, doubted bool) {
	at := event.Header().Time
	m.now = at
	switch e := event.(type) {
	case session.SafePoint:
		if !doubted {
			m.at = at
		}
	case session.Attempted:
		m.at = time.Time{}
		if e.Switched {
			m.at = at
		}
	case session.Switched:
		m.at = at
	case session.Armed, session.Stuck, session.Aborted:
		m.at = time.Time{}
	}
}

// atZero reports whether the screen shows that moment.
func (m moment) atZero() bool { return !m.at.IsZero() && m.now.Sub(m.at) < momentShown }

// instant says which moment that is, and when it was.
func (p *picture) instant() (what string, at time.Time) {
	what, at = "safe point", p.moment.at
	if p.receipted() || p.Attempt.Switched {
		what = "switch"
	}
	if r := p.Receipt; p.receipted() {
		at = r.Stopped()
		if zero := r.Zero(); !zero.IsZero() {
			at = zero
		}
	}
	return what, at
}

// momentText writes that moment: "the switch, 09:26:53.589".
func (p *picture) momentText() string {
	what, at := p.instant()
	return "the " + what + ", " + at.Format(clock+".000")
}

// zeroLine says when nobody was inside: at a moment that has passed.
func (p *picture) zeroLine(safe string) string {
	return "at " + p.momentText() + ": " + safe + " ALL ZERO"
}

// functionNow returns a function of the last sample; while the screen shows a moment at which nobody was inside, as it
// was then. Otherwise a zero would stand beside a count of another time.
func (p *picture) functionNow(f session.FunctionSample) session.FunctionSample {
	if p.moment.atZero() {
		f.Count, f.Before, f.LongestNow, f.Doubt, f.Missed = 0, 0, 0, "", 0
	}
	return f
}

// sampleBeside says of what the last sample found, beside such a moment, that it is of another time.
func (p *picture) sampleBeside() string {
	if !p.moment.atZero() {
		return ""
	}
	what, at := p.instant()
	if before := p.Sample.Time.Before(at); before {
		return "before the " + what + ", at " + p.Sample.Time.Format(clock)
	}
	return "since the " + what + ", at " + p.Sample.Time.Format(clock)
}

// receipted reports whether the screen shows the receipt: after a switch, until something else is under way.
func (p *picture) receipted() bool { return !p.Receipt.None() && p.Phase.Settled() }

// running says what has been seen of the new code where the switch itself was not: it was before this console, or
// another process made it.
func (p *picture) running() string {
	if seen := p.Sample.Replaced; p.Phase == session.PhaseApplied && seen != nil && seen.Calls > 0 {
		return "the new code runs: " + session.Counted(int(seen.Calls), "call") + " seen in the replacements; "
	}
	return ""
}

// shortFact says in a few words what matters most beside the count: that the new code runs, or when the next safe point
// is expected.
func (p *picture) shortFact() string {
	switch {
	case p.receipted():
		return ", " + p.Receipt.Proof()
	case p.Sample.WhyDoubted() != "":
		return ""
	}
	return ", " + p.Sample.Forecast.Short()
}

// tickets are the lines that are left in the terminal when the console ends: one for each switch that it saw, and one
// where another process has switched the same patch since.
type tickets struct {
	lines   []string
	last    time.Time // of the switch that the last line is about
	patch   string    // that line's
	applied bool      // it says that the patch is
}

// add takes the line of the picture's switch, or its newest version.
func (t *tickets) add(p *picture) {
	r := p.Receipt
	if r.None() || r.Recalled {
		t.contradict(p)
		return
	}
	line := r.Line(p.Started)
	t.patch, t.applied = p.patch, r.Switched.Kind == session.KindApplied
	if r.Switched.Time.Equal(t.last) {
		t.lines[len(t.lines)-1] = line
		return
	}
	t.lines, t.last = append(t.lines, line), r.Switched.Time
}

// contradict adds a line where the last one is true no longer.
func (t *tickets) contradict(p *picture) {
	settled := p.State == session.StateLoaded || p.State == session.StateNotLoaded || p.State == session.StateApplied
	if len(t.lines) == 0 || p.patch != t.patch || !settled || p.State.Applied() == t.applied {
		return
	}
	t.applied = p.State.Applied()
	t.lines = append(t.lines, p.patch+" on "+p.Started.Host+": another process has switched it since; at "+
		p.Sample.Time.Format(time.DateTime)+" the module says "+string(p.State))
}
