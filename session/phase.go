// SPDX-License-Identifier: GPL-2.0-only

package session

// Phase is the phase of an operation, as far as its events say.
type Phase int

// The phases of an operation.
const (
	PhaseNone       Phase = iota // no event has arrived
	PhaseWatching                // nothing is armed
	PhaseArmed                   // armed to apply
	PhaseReverting               // armed to revert
	PhaseSafePoint               // all counts were seen at zero; the attempt follows
	PhaseAttempting              // an attempt was made
	PhaseApplied
	PhaseReverted
	PhaseStuck
	PhaseAborted
	PhaseFailed
	PhaseNotRunning // applied, and the replacements do not run
)

var phaseWords = [...]string{"no patch chosen", "watching", "armed", "reverting", "safe point seen", "attempting",
	"applied", "reverted", "stuck", "aborted", "failed",
	"APPLIED BUT NOT RUNNING"}

func (ph Phase) String() string { return phaseWords[ph] }

// phaseOf returns the phase that the module's state alone implies. stuck: it is armed, and the kernel does not try.
func phaseOf(s State, stuck bool) Phase {
	if stuck && s.Armed() {
		return PhaseStuck
	}
	switch s {
	case StateArmed:
		return PhaseArmed
	case StateApplied:
		return PhaseApplied
	case StateReverting:
		return PhaseReverting
	case StateNotRunning:
		return PhaseNotRunning
	}
	return PhaseWatching
}

// Settled reports whether the operation has switched.
func (ph Phase) Settled() bool { return ph == PhaseApplied || ph == PhaseReverted }

// underWay reports whether the last arming has not ended. A stuck one has not: it waits for a retry.
func (ph Phase) underWay() bool {
	switch ph {
	case PhaseArmed, PhaseReverting, PhaseSafePoint, PhaseAttempting, PhaseStuck:
		return true
	}
	return false
}
