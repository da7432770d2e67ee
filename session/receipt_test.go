// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"testing"
	"time"
)

// switchedRun returns the events of a patch that is watched, armed and applied after an attempt, and then seen by one
// sample for each number of calls.
func switchedRun(attempt Attempted, calls ...uint64) []Event {
	head := func(after time.Duration) Head { return Head{Time: at.Add(after), Patch: "p"} }
	holders := []Holder{{PID: 7, Comm: "reader", Function: "f"}, {PID: 8, Comm: "writer"}}
	attempt.Head, attempt.Number, attempt.Switched = head(time.Second), 1, true
	applied := Switched{Head: head(time.Second), Attempts: 1, Wait: time.Second, Trigger: attempt.Trigger, Window: 143000}
	applied.Kind = KindApplied
	events := []Event{
		Started{Head: head(0), Host: "host", Kernel: "6.12", State: StateLoaded},
		Sampled{Head: head(250 * time.Millisecond), State: StateLoaded, Holders: holders, Total: 2},
		Sampled{Head: head(500 * time.Millisecond), State: StateLoaded},
		Armed{Head: head(600 * time.Millisecond), Direction: Apply}, attempt, applied,
	}
	for i, n := range calls {
		events = append(events, Sampled{Head: head(time.Duration(2+i) * time.Second), State: StateApplied,
			Functions: []FunctionSample{{Calls: n}, {Calls: 1}}})
	}
	return events
}

func TestReceipt(t *testing.T) {
	stopped := at.Add(990 * time.Millisecond)
	byTrigger := Attempted{Stopped: stopped, Trigger: 2 * time.Millisecond, Walked: 28}
	f := folded(switchedRun(byTrigger, 10, 20, 57)...)
	r := f.Receipt
	if !r.Stopped().Equal(stopped) || !r.Zero().Equal(stopped.Add(-2*time.Millisecond)) {
		t.Errorf("stopped %v, zero %v", r.Stopped(), r.Zero())
	}
	if r.Calls != 37 { // the sample with 10 may have read its counts before the switch
		t.Errorf("%d calls since the switch", r.Calls)
	}
	const want = "p applied on host (Linux 6.12) at 2026-11-23 14:03:01.240 +0000: waited 1.0 s, attempt 1; all counts " +
		"zero 2.0 ms before all CPUs stopped, for 143 us; 28 stacks clear; last inside, by a sample 740 ms " +
		"before: reader (pid 7) and 1 more; 37 calls since, sent on to the replacements as the module says"
	if got := r.Line(f.Started); got != want {
		t.Errorf("the line is\n%s\nwant\n%s", got, want)
	}
	f.Add(Sampled{Head: Head{Time: at.Add(time.Minute)}, State: StateLoaded}) // somebody else has reverted it
	if !f.Receipt.None() {
		t.Errorf("the receipt is still there: %+v", f.Receipt)
	}
}

func TestReceiptChecks(t *testing.T) {
	for _, c := range []struct {
		attempt Attempted
		want    string
	}{
		{Attempted{Walked: 0}, "all stacks clear before; last inside, by a sample 749 ms before: reader (pid 7) and 1 more"},
		{Attempted{Walked: 9, FullWalk: true},
			"all 9 stacks clear; last inside, by a sample 749 ms before: reader (pid 7) and 1 more"},
	} {
		r := folded(switchedRun(c.attempt)...).Receipt
		if got := r.Check(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if !r.Zero().IsZero() {
			t.Errorf("nobody reported a zero, but it was at %v", r.Zero())
		}
	}
	if got := (Receipt{}).Check(); got != "nobody was seen inside before" {
		t.Errorf("nothing is known: %q", got)
	}
}

// What shows that the new code runs is said to be no more than it is.
func TestReceiptProof(t *testing.T) {
	for _, c := range []struct {
		seen  *Replaced
		calls []uint64
		want  string
	}{
		{nil, []uint64{5}, "calls since the switch are not counted yet"},
		{nil, []uint64{5, 6, 6}, "0 calls since, sent on to the replacements as the module says"},
		{&Replaced{}, []uint64{5, 6, 9}, "no call was seen in the replacements yet; 3 calls since the switch"},
		{&Replaced{Calls: 2}, []uint64{5, 6, 9}, "the new code runs: 3 calls since, 2 seen in the replacements"},
		{&Replaced{Calls: 4}, []uint64{5}, "the new code runs: 4 calls seen in the replacements"},
		{&Replaced{Calls: 2, Limited: true}, []uint64{5, 6, 9},
			"the new code runs: 3 calls since, the first 2 seen in the replacements"},
		{&Replaced{Unknown: "no kprobes"}, []uint64{5, 6, 7}, "1 call since; not seen in the replacements: no kprobes"},
	} {
		events := switchedRun(Attempted{}, c.calls...)
		last := events[len(events)-1].(Sampled)
		last.Replaced = c.seen
		events[len(events)-1] = last
		if got := folded(events...).Receipt.Proof(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.seen, got, c.want)
		}
	}
	r := Receipt{Switched: Switched{Head: Head{Kind: KindReverted, Time: at}}, Calls: 3, samples: 3}
	if got := r.Proof(); got != "the original code runs: 3 calls since" {
		t.Errorf("reverted: %q", got)
	}
}
