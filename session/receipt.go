// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"time"
)

// Receipt says how the last switch came about, and what shows that it took effect. It is zero where no switch was seen
// or where the module's state contradicts it since.
type Receipt struct {
	Switched Switched
	Attempt  Attempted // the one that switched; zero where it is not known
	Last     Sighting  // of holders before the switch
	Calls    uint64    // of all functions since the switch, from the second sample after it on
	Seen     *Replaced // nil where nobody looked
	By       string    // the process that armed it, with its user; "" where it is not known
	Recalled bool      // the switch is older than what was seen here: the journal has it, and calls are counted since
	samples  int       // since the switch
	base     uint64    // calls at the second of them
}

// Sighting is the last time at which somebody was seen inside a function of the patch.
type Sighting struct {
	Time   time.Time // zero: nobody was
	Holder Holder    // of those who were inside, the longest
	Total  int
	By     string // what saw it: a sample, or an attempt
}

// see remembers holders that were found inside at a time, by a sample or an attempt.
func (s *Sighting) see(by string, at time.Time, holders []Holder, total int) {
	if len(holders) > 0 {
		*s = Sighting{at, holders[0], max(total, len(holders)), by}
	}
}

// add counts the calls since the switch. The first sample after it may have read its counts before.
func (r *Receipt) add(e Sampled) {
	if r.None() || !e.Time.After(r.Switched.Time) {
		return
	}
	total := uint64(0)
	for _, f := range e.Functions {
		total += f.Calls
	}
	if r.samples++; r.samples == 2 || total < r.base {
		r.base = total
	}
	if r.Seen = e.Replaced; r.samples > 2 {
		r.Calls = total - r.base
	}
}

// None reports whether there is no receipt.
func (r Receipt) None() bool { return r.Switched.Time.IsZero() }

// Stopped returns when all CPUs stood still for the switch. Where a recording lacks that, it is some milliseconds late.
func (r Receipt) Stopped() time.Time {
	switch {
	case !r.Attempt.Stopped.IsZero():
		return r.Attempt.Stopped
	case r.Attempt.Number > 0:
		return r.Attempt.Time.Add(-r.Switched.Window)
	}
	return r.Switched.Time.Add(-r.Switched.Window)
}

// Zero returns when the last count became zero, as the probes reported it; the zero time where the attempt had another
// cause.
func (r Receipt) Zero() time.Time {
	if r.Switched.Trigger == 0 {
		return time.Time{}
	}
	return r.Stopped().Add(-r.Switched.Trigger)
}

// Proof says what shows that the code runs that was switched to.
func (r Receipt) Proof() string {
	calls := Counted(int(r.Calls), "call") + " since"
	if r.Recalled {
		calls += " this console watches"
	}
	switch s := r.Seen; {
	case r.samples < 3 && (s == nil || s.Calls == 0):
		return "calls since the switch are not counted yet"
	case r.Switched.Kind == KindReverted:
		return "the original code runs: " + calls
	case s == nil:
		return calls + ", sent on to the replacements as the module says"
	case s.Unknown != "":
		return calls + "; not seen in the replacements: " + s.Unknown
	case s.Calls == 0:
		return "no call was seen in the replacements yet; " + calls + " the switch"
	case r.Calls < s.Calls: // the probes in the replacements began to count before
		return fmt.Sprintf("the new code runs: %s seen in the replacements", Counted(int(s.Calls), "call"))
	case s.Limited:
		return fmt.Sprintf("the new code runs: %s, the first %d seen in the replacements", calls, s.Calls)
	default:
		return fmt.Sprintf("the new code runs: %s, %d seen in the replacements", calls, s.Calls)
	}
}

// Check says what the check of the stacks found, and who was seen inside last, by what: that moment is not the one at
// which the last call returned.
func (r Receipt) Check() string {
	text := Counted(r.Attempt.Walked, "stack") + " clear; "
	switch {
	case r.Attempt.Number == 0:
		text = ""
	case r.Attempt.FullWalk:
		text = "all " + text
	case r.Attempt.Walked == 0:
		text = "all stacks clear before; "
	}
	if r.Last.Time.IsZero() {
		return text + "nobody was seen inside before"
	}
	text += fmt.Sprintf("last inside, by %s %s before: %s (pid %d)", r.Last.By, Span(max(0, r.Stopped().Sub(r.Last.Time))),
		r.Last.Holder.Comm, r.Last.Holder.PID)
	if r.Last.Total > 1 {
		text += fmt.Sprintf(" and %d more", r.Last.Total-1)
	}
	return text
}

// Line puts the receipt into one line for a ticket. started says on which machine it was.
func (r Receipt) Line(started Started) string {
	text := fmt.Sprintf("%s %s on %s (Linux %s) at %s: waited %s, attempt %d; ", r.Switched.Patch, r.Switched.Kind,
		started.Host, started.Kernel, r.Stopped().Format("2006-01-02 15:04:05.000 -0700"), Span(r.Switched.Wait),
		r.Switched.Attempts)
	if r.Switched.Trigger > 0 {
		text += "all counts zero " + Span(r.Switched.Trigger) + " before all CPUs stopped, for "
	} else {
		text += "all CPUs stopped for "
	}
	return text + fmt.Sprintf("%s; %s; %s", Span(r.Switched.Window), r.Check(), r.Proof())
}
