// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"slices"
	"time"
)

// Fold adds up the events of one operation. It alone decides what an event means for the state, the outcome and the
// figures of an operation; the console, the commands, the journal and the benchmarks read it. The zero Fold has seen no
// event. A copy does not change when the original does. It is not safe for concurrent use.
type Fold struct {
	Started Started
	State   State // what the module reported last
	Phase   Phase
	Sample  Sampled // the last sample
	Samples int     // number of samples

	// Armed is the last arming. Its time is zero before the first, and after it has switched or was aborted.
	Armed      Armed
	SafePoints int // of that arming, as are all fields below
	Attempts   int
	Attempt    Attempted // the last attempt
	Switched   Switched
	Stuck      Stuck
	Reason     string    // why it is stuck, aborted or failed
	Outcome    Outcome   // "" while the arming is under way
	ended      time.Time // of the last arming that switched or was aborted: when

	Sighted Sighting // the last one
	Receipt Receipt  // of the last switch, whichever arming it ended
}

// Add adds the next event.
func (f *Fold) Add(event Event) {
	switch e := event.(type) {
	case Started:
		f.Started, f.State, f.Phase, f.Outcome = e, e.State, phaseOf(e.State, false), ""
		f.Receipt = Receipt{}
	case Sampled:
		f.addSample(e)
	case Armed:
		f.Armed, f.Attempts, f.SafePoints, f.Attempt, f.Outcome = e, 0, 0, Attempted{}, ""
		f.State, f.Phase = StateArmed, PhaseArmed
		if e.Direction == Revert {
			f.State, f.Phase = StateReverting, PhaseReverting
		}
	case SafePoint:
		f.SafePoints = e.Count
		f.moment(PhaseSafePoint)
	case Attempted:
		f.Attempts, f.Attempt = e.Number, e
		f.Sighted.see("an attempt", e.Time, e.Holders, e.Total)
		f.moment(PhaseAttempting)
	case Switched:
		f.addSwitch(e)
	case Stuck:
		f.Stuck, f.Reason, f.Phase, f.Outcome = e, e.Reason, PhaseStuck, OutcomeStuck
		f.Sighted.see("an attempt", e.Time, e.Holders, e.Total)
	case Aborted:
		f.Reason, f.Phase, f.Outcome, f.ended = e.Reason, PhaseAborted, OutcomeAborted, e.Time
		f.Armed.Time = time.Time{}
		f.State = StateLoaded
		if f.Armed.Direction == Revert {
			f.State = StateApplied
		}
	case Failed:
		f.addFailure(e)
	}
}

// moment enters a phase that lasts until the next sample. Where the last sample has calls in flight the phase stays:
// the screen would show a safe point beside them.
func (f *Fold) moment(ph Phase) {
	if f.Sample.InFlight <= 0 {
		f.Phase = ph
	}
}

func (f *Fold) addSwitch(e Switched) {
	f.Receipt = Receipt{Switched: e, Last: f.Sighted, By: f.Armed.By}
	if f.Attempt.Switched {
		f.Receipt.Attempt = f.Attempt
	}
	f.Switched, f.Armed, f.ended = e, Armed{}, e.Time
	f.State, f.Phase, f.Outcome = StateApplied, PhaseApplied, OutcomeApplied
	if e.Kind == KindReverted {
		f.State, f.Phase, f.Outcome = StateLoaded, PhaseReverted, OutcomeReverted
	}
}

// addFailure leaves alone what the failure did not end: a switch that is done, and an arming under way beside which
// another was refused.
func (f *Fold) addFailure(e Failed) {
	if e.Refused && f.Unfinished() || !e.Refused && f.Phase.Settled() {
		return
	}
	f.Reason, f.Phase, f.Outcome = e.Reason, PhaseFailed, OutcomeFailed
}

func (f *Fold) addSample(e Sampled) {
	others := e.ArmedBy != "" || f.Sample.ArmedBy != "" // the events of another process do not arrive here
	f.Sample = e
	f.Samples++
	f.Sighted.see("a sample", e.Time, e.Holders, e.Total)
	f.Receipt.add(e)
	if e.State == "" || e.State == StateUnknown { // keep the state that the module reported last
		return
	}
	if e.Time.Before(f.ended) { // it was begun before that, so the module may have said what it says before that, too
		return
	}
	f.State = e.State
	if others || !f.outlives(e.State) {
		stuck := e.Stuck && (others || !f.Unfinished()) // else the event that says why is on its way
		f.Phase, f.Switched, f.Receipt = phaseOf(e.State, stuck), Switched{}, Receipt{}
	}
}

// ByOther returns the other process that has armed the patch; "" if none has.
func (f *Fold) ByOther() string {
	if !f.State.Armed() {
		return ""
	}
	return f.Sample.ArmedBy
}

// outlives reports whether the phase stays although the latest sample has state s: how an operation ended stays shown
// until the module's state contradicts it.
func (f *Fold) outlives(s State) bool {
	if s == StateNotRunning { // whatever came before, this must be seen
		return false
	}
	switch f.Phase {
	case PhaseApplied:
		return s == StateApplied
	case PhaseReverted:
		return s == StateLoaded || s == StateNotLoaded
	case PhaseStuck: // it may still be armed
		return f.Stuck.Direction == Revert || s != StateApplied
	case PhaseAborted, PhaseFailed:
		return !s.Armed()
	}
	return false
}

// Unfinished reports whether the last arming has not ended.
func (f *Fold) Unfinished() bool { return !f.Armed.Time.IsZero() && f.Phase.underWay() }

// Waited returns how long the patch had been armed at the last sample, 0 if it was not.
func (f *Fold) Waited() time.Duration {
	if f.Armed.Time.IsZero() || f.Sample.Time.Before(f.Armed.Time) {
		return 0
	}
	return f.Sample.Time.Sub(f.Armed.Time)
}

// Inside returns the holders that are known now, and the number of all holders. After the deadline they are those that
// the module found, until a sample shows holders or has counts without doubt. A sample reads the stacks just before the
// counts: where the counts are zero, a holder that this sample was the first to see has left.
func (f *Fold) Inside() (holders []Holder, total int) {
	known := f.Samples > 0 && f.Sample.WhyDoubted() == ""
	switch s := f.Sample; {
	case known && s.InFlight == 0:
		left := func(h Holder) bool { return h.Since == 0 && !h.Before }
		inside := slices.DeleteFunc(slices.Clone(s.Holders), left)
		if len(inside) < len(s.Holders) { // those that are not listed came last, and have left too
			return inside, len(inside)
		}
		return inside, s.Total
	case f.Phase != PhaseStuck, len(s.Holders) > 0, known && s.Time.After(f.Stuck.Time):
		return s.Holders, s.Total
	}
	return f.Stuck.Holders, f.Stuck.Total
}

// Groups returns the holders that Inside returns by their stacks; where it returns those of a sample, all of them.
func (f *Fold) Groups() []HolderGroup {
	holders, total := f.Inside()
	if s := f.Sample; len(s.Groups) > 0 && len(holders) == len(s.Holders) && total == s.Total {
		return s.Groups
	}
	return Group(holders)
}

// Card describes a holder that Inside returned.
func (f *Fold) Card(h Holder) Card {
	sample, names := FunctionSample{}, slices.Clone(f.Started.Functions)
	for _, fn := range f.Sample.Functions {
		if names = append(names, fn.Name); fn.Name == h.Function {
			sample = fn
		}
	}
	return NewCard(h, f.Details(h.PID), sample, f.Sample.Time, f.Sample.Patch, names)
}

// Details returns what the latest events say of a holder that Inside returned. It is Unknown if they say nothing.
func (f *Fold) Details(pid int) Details {
	list := f.Sample.Details
	if f.Phase == PhaseStuck {
		list = slices.Concat(list, f.Stuck.Details)
	}
	if i := slices.IndexFunc(list, func(d Details) bool { return d.PID == pid }); i >= 0 {
		return list[i]
	}
	return Details{PID: pid, Unknown: NotRead}
}

// Result returns how the last arming ended, and its figures. The head is empty: the caller fills it in.
func (f *Fold) Result() Result {
	res := Result{Outcome: f.Outcome, Attempts: f.Attempts, SafePoints: f.SafePoints, Trigger: f.Attempt.Trigger,
		Window: f.Attempt.Window, Holders: f.Attempt.Holders, Total: f.Attempt.Total}
	switch f.Outcome {
	case OutcomeApplied, OutcomeReverted:
		res.Wait, res.Trigger, res.Window = f.Switched.Wait, f.Switched.Trigger, f.Switched.Window
		res.Holders, res.Total = nil, 0
	case OutcomeStuck:
		res.Reason, res.Holders, res.Total, res.Details = f.Reason, f.Stuck.Holders, f.Stuck.Total, f.Stuck.Details
	case OutcomeAborted:
		res.Reason = f.Reason + "; nothing changed"
		if f.State.Replaced() {
			res.Reason = f.Reason + "; the replacements run on"
		}
	case OutcomeFailed:
		res.Reason = f.Reason
	}
	return res
}
