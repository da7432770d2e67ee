// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
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

// zeroLine says when nobody was inside: at a moment that has passed.
func (p *picture) zeroLine(safe string) string {
	at, what := p.moment.at, "safe point"
	if p.receipted() || p.Attempt.Switched {
		what = "switch"
	}
	if r := p.Receipt; p.receipted() {
		at = r.Stopped()
		if zero := r.Zero(); !zero.IsZero() {
			at = zero
		}
	}
	return "at the " + what + ", " + at.Format(clock+".000") + ": " + safe + " ALL ZERO"
}

// nowBeside says beside that moment how many calls are in flight now, in room columns.
func (p *picture) nowBeside(room int) string {
	if p.Sample.WhyDoubted() != "" {
		return "; the count of now is in doubt"
	}
	calls, where := session.Counted(int(p.Sample.InFlight), "call"), ""
	if code := p.Code(); code == session.CodeNew || code == session.CodeOld {
		where = " in the " + strings.ToLower(string(code))
	}
	for _, text := range []string{"; now " + calls + " in flight" + where, "; now " + calls + where} {
		if len(text) <= room {
			return text
		}
	}
	return fmt.Sprintf("; now %d in flight", p.Sample.InFlight)
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
