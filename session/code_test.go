// SPDX-License-Identifier: GPL-2.0-only

package session

import "testing"

// Only what the kernel says it runs is new code; what cannot be read is neither.
func TestCodeOfAState(t *testing.T) {
	for state, want := range map[State]Code{
		StateNotLoaded: CodeOld, StateLoaded: CodeOld, StateArmed: CodeOld,
		StateApplied: CodeNew, StateReverting: CodeNew,
		StateNotRunning: CodeUnknown, StateUnavailable: CodeUnknown, StateUnknown: CodeUnknown, "": CodeUnknown,
		"a word of a later version": CodeUnknown,
		StateWatched:                CodeNone,
	} {
		if got := state.Code(); got != want {
			t.Errorf("%q: %q, want %q", state, got, want)
		}
	}
}

// The code changes with the attempt that switches, and with nothing before it: not with arming, a safe point, an
// attempt that found holders, the deadline or an abort.
func TestCodeFollowsTheSwitch(t *testing.T) {
	head := Head{Time: at}
	apply, back := Armed{Head: head, Direction: Apply}, Armed{Head: head, Direction: Revert}
	switched := Attempted{Head: head, Number: 1, Switched: true}
	started := Started{Head: head, State: StateLoaded}
	applied, reverted := Switched{Head: Head{KindApplied, at, ""}}, Switched{Head: Head{KindReverted, at, ""}}
	for _, c := range []struct {
		name   string
		events []Event
		want   Code
	}{
		{"nothing", nil, CodeUnknown},
		{"started", []Event{started}, CodeOld},
		{"armed", []Event{started, apply}, CodeOld},
		{"a safe point", []Event{started, apply, SafePoint{Count: 1}}, CodeOld},
		{"held", []Event{started, apply, Attempted{Number: 1, Total: 2}}, CodeOld},
		{"stuck", []Event{started, apply, Stuck{Direction: Apply}}, CodeOld},
		{"aborted", []Event{started, apply, Aborted{}}, CodeOld},
		{"failed", []Event{started, Failed{Reason: "it is probed", Refused: true}}, CodeOld},
		{"switching", []Event{started, apply, switched}, CodeNew},
		{"applied", []Event{started, apply, switched, applied}, CodeNew},
		{"reverting", []Event{started, apply, switched, applied, back}, CodeNew},
		{"stuck on the way back", []Event{started, apply, switched, applied, back, Stuck{Direction: Revert}}, CodeNew},
		{"switching back", []Event{started, apply, switched, applied, back, switched}, CodeOld},
		{"reverted", []Event{started, apply, switched, applied, back, switched, reverted}, CodeOld},
		{"armed by another after that", []Event{started, apply, switched, applied, back, switched, reverted,
			Sampled{Head: head, State: StateArmed, ArmedBy: "spotos (pid 1)"}}, CodeOld},
		{"switched by another", []Event{started, Sampled{Head: head, State: StateApplied}}, CodeNew},
		{"not running", []Event{started, Sampled{Head: head, State: StateNotRunning}}, CodeUnknown},
		{"functions that are no patch", []Event{Started{Head: head, State: StateWatched}}, CodeNone},
	} {
		if got := folded(c.events...).Code(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
