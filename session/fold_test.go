// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folded returns the fold of the events.
func folded(events ...Event) *Fold {
	f := &Fold{}
	for _, e := range events {
		f.Add(e)
	}
	return f
}

// TestFold checks phase, state and outcome of an operation after each series of events.
func TestFold(t *testing.T) {
	started := Started{Head: Head{Time: at}, State: StateLoaded}
	applied := Started{Head: Head{Time: at}, State: StateApplied}
	armed := Armed{Head: Head{Time: at}, Direction: Apply}
	reverting := Armed{Head: Head{Time: at}, Direction: Revert}
	busy := Attempted{Number: 1, Total: 1, Window: 7, Trigger: 8, Holders: []Holder{{PID: 12}}}
	stuck := Stuck{Direction: Apply, Reason: "held", Holders: []Holder{{PID: 13}}, Total: 1}
	switched := Switched{Head: Head{Kind: KindApplied}}
	reverted := Switched{Head: Head{Kind: KindReverted}}
	sample := func(s State) Sampled { return Sampled{State: s} }
	inFlight, counted := Sampled{State: StateArmed, InFlight: 3}, Sampled{State: StateReverting, InFlight: 3}
	late := func(k Kind) Switched { return Switched{Head: Head{Kind: k, Time: at}} } // after what sample returns
	byOther := func(stuck bool) Sampled {
		return Sampled{State: StateArmed, Stuck: stuck, ArmedBy: "spotos (pid 1)"}
	}
	for _, c := range []struct {
		name       string
		events     []Event
		phase      Phase
		state      State
		outcome    Outcome
		unfinished bool
	}{
		{"nothing", nil, PhaseNone, "", "", false},
		{"opened", []Event{started}, PhaseWatching, StateLoaded, "", false},
		{"opened while applied", []Event{applied}, PhaseApplied, StateApplied, "", false},
		{"armed", []Event{started, armed}, PhaseArmed, StateArmed, "", true},
		{"armed to revert", []Event{applied, reverting}, PhaseReverting, StateReverting, "", true},
		{"safe point", []Event{started, armed, SafePoint{Count: 2}}, PhaseSafePoint, StateArmed, "", true},
		{"safe point beside an older count", []Event{started, armed, inFlight, SafePoint{Count: 2}},
			PhaseArmed, StateArmed, "", true},
		{"attempt beside an older count", []Event{applied, reverting, counted, busy},
			PhaseReverting, StateReverting, "", true},
		{"attempt, then a count", []Event{started, armed, busy, inFlight}, PhaseArmed, StateArmed, "", true},
		{"attempt", []Event{started, armed, busy}, PhaseAttempting, StateArmed, "", true},
		{"applied", []Event{started, armed, busy, switched}, PhaseApplied, StateApplied, OutcomeApplied, false},
		{"reverted", []Event{applied, reverting, reverted}, PhaseReverted, StateLoaded, OutcomeReverted, false},
		{"stuck", []Event{started, armed, busy, stuck}, PhaseStuck, StateArmed, OutcomeStuck, true},
		{"stuck, armed again", []Event{started, armed, stuck, armed}, PhaseArmed, StateArmed, "", true},
		{"aborted", []Event{started, armed, Aborted{}}, PhaseAborted, StateLoaded, OutcomeAborted, false},
		{"revert aborted", []Event{applied, reverting, Aborted{}}, PhaseAborted, StateApplied, OutcomeAborted, false},
		{"refused", []Event{started, Failed{Refused: true}}, PhaseFailed, StateLoaded, OutcomeFailed, false},
		{"failed while armed", []Event{started, armed, Failed{}}, PhaseFailed, StateArmed, OutcomeFailed, false},
		{"failed after the switch", []Event{armed, switched, Failed{}},
			PhaseApplied, StateApplied, OutcomeApplied, false},
		{"refused after the switch", []Event{armed, switched, Failed{Refused: true}},
			PhaseFailed, StateApplied, OutcomeFailed, false},
		{"a sample from before the switch", []Event{armed, late(KindApplied), sample(StateArmed)},
			PhaseApplied, StateApplied, OutcomeApplied, false},
		{"a sample from before the revert", []Event{applied, reverting, late(KindReverted), sample(StateReverting)},
			PhaseReverted, StateLoaded, OutcomeReverted, false},
		{"a sample from before the abort", []Event{armed, Aborted{Head: Head{Time: at}}, sample(StateArmed)},
			PhaseAborted, StateLoaded, OutcomeAborted, false},
		{"another process reverts it", []Event{armed, switched, sample(StateLoaded)},
			PhaseWatching, StateLoaded, OutcomeApplied, false},
		{"stays stuck while armed", []Event{armed, stuck, sample(StateArmed)},
			PhaseStuck, StateArmed, OutcomeStuck, true},
		{"stays aborted", []Event{armed, Aborted{}, sample(StateLoaded)},
			PhaseAborted, StateLoaded, OutcomeAborted, false},
		{"another arming is refused meanwhile", []Event{armed, Failed{Refused: true}},
			PhaseArmed, StateArmed, "", true},
		{"another arming is refused while it is stuck", []Event{armed, stuck, Failed{Refused: true}},
			PhaseStuck, StateArmed, OutcomeStuck, true},
		{"another process arms it", []Event{started, sample(StateReverting)},
			PhaseReverting, StateReverting, "", false},
		{"another process is stuck", []Event{started, byOther(true)}, PhaseStuck, StateArmed, "", false},
		{"another process arms it again", []Event{started, byOther(true), byOther(false)},
			PhaseArmed, StateArmed, "", false},
		{"another process was stuck and gave up", []Event{started, byOther(true), sample(StateLoaded)},
			PhaseWatching, StateLoaded, "", false},
		{"another process arms it after this one", []Event{started, armed, Aborted{}, byOther(false)},
			PhaseArmed, StateArmed, OutcomeAborted, false},
		{"its own arming is stuck", []Event{started, armed, stuck, Sampled{State: StateArmed, Stuck: true}},
			PhaseStuck, StateArmed, OutcomeStuck, true},
		{"a sample says that it is stuck, its event does not yet",
			[]Event{started, armed, Sampled{State: StateArmed, Stuck: true}}, PhaseArmed, StateArmed, "", true},
		{"a sample from before the retry", []Event{armed, stuck, armed, Sampled{State: StateArmed, Stuck: true}},
			PhaseArmed, StateArmed, "", true},
		{"a sample without a state", []Event{started, armed, sample("")}, PhaseArmed, StateArmed, "", true},
		{"the module could not be asked", []Event{started, armed, sample(StateUnknown)},
			PhaseArmed, StateArmed, "", true},
	} {
		f := folded(c.events...)
		if f.Phase != c.phase || f.State != c.state || f.Outcome != c.outcome || f.Unfinished() != c.unfinished {
			t.Errorf("%s: %s, %s, outcome %q, unfinished %v", c.name, f.Phase, f.State, f.Outcome, f.Unfinished())
		}
	}
}

func TestFoldedResult(t *testing.T) {
	armed := Armed{Head: Head{Time: at}}
	holders, left := []Holder{{PID: 12}}, []Holder{{PID: 13}}
	busy := Attempted{Number: 3, Window: 7, Trigger: 8, Holders: holders, Total: 20}
	for _, c := range []struct {
		end  Event
		want Result
	}{
		{SafePoint{Count: 2}, Result{SafePoints: 2, Attempts: 3, Window: 7, Trigger: 8, Holders: holders, Total: 20}},
		{Switched{Head: Head{Kind: KindApplied}, Wait: time.Second, Window: 5, Trigger: 6},
			Result{Outcome: OutcomeApplied, Attempts: 3, Wait: time.Second, Window: 5, Trigger: 6}},
		{Stuck{Reason: "held", Holders: left, Total: 30},
			Result{Outcome: OutcomeStuck, Attempts: 3, Window: 7, Trigger: 8, Holders: left, Total: 30, Reason: "held"}},
		{Aborted{Reason: "asked"},
			Result{Outcome: OutcomeAborted, Attempts: 3, Window: 7, Trigger: 8, Holders: holders, Total: 20,
				Reason: "asked; nothing changed"}},
		{Failed{Reason: "why"},
			Result{Outcome: OutcomeFailed, Attempts: 3, Window: 7, Trigger: 8, Holders: holders, Total: 20,
				Reason: "why"}},
	} {
		if diff := cmp.Diff(c.want, folded(armed, busy, c.end).Result()); diff != "" {
			t.Errorf("%T (-want +got):\n%s", c.end, diff)
		}
	}
}

// TestDoubt checks every reason to doubt a count. A zero is no exception.
func TestDoubt(t *testing.T) {
	for _, c := range []struct {
		gaps   Gaps
		count  int64
		probes string
		want   string
	}{
		{Gaps{}, 0, "", ""},
		{Gaps{}, 0, "a probe is gone", "a probe is gone"},
		{Gaps{}, -1, "", "the count is below zero: a run of a probe was missed"},
		{Gaps{Missed: 2}, 0, "", "2 calls could not be counted"},
		{Gaps{Entries: 1}, 0, "", "the kernel skipped 1 run of its entry probe: the count may be too low by as many"},
		{Gaps{Exits: 3}, 0, "", "the kernel skipped 3 runs of its exit probe: the count may be too high by as many"},
		{Gaps{Uncounted: "no BTF"}, 2, "a probe is gone",
			"counted from the stacks of tasks that sleep, so calls that run are not in it: no BTF"},
	} {
		got := c.gaps.Doubt(c.count, c.probes)
		s := Sampled{Functions: []FunctionSample{{Name: "f"}, {Name: "g", Doubt: got}}}
		if got != c.want || (s.WhyDoubted() == "") != (got == "") {
			t.Errorf("%+v, count %d: doubt %q; of the patch %q", c.gaps, c.count, got, s.WhyDoubted())
		}
	}
	if f := (FunctionSample{Missed: 1}); f.WhyDoubted() == "" {
		t.Error("missed runs without a Doubt do not count as one")
	}
}
