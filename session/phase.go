// SPDX-License-Identifier: GPL-2.0-only

package session

// Phase is where an operation stands, as far as its events say.
type Phase int

// The phases of an operation.
const (
	PhaseNone       Phase = iota // no event has come
	PhaseWatching                // nothing is asked of the kernel
	PhaseArmed                   // to apply
	PhaseReverting               // armed to revert
	PhaseSafePoint               // all counts were seen at zero; the attempt follows
	PhaseAttempting              // an attempt was made
	PhaseApplied
	PhaseReverted
	PhaseStuck
	PhaseAborted
	PhaseFailed
)

var phaseWords = [...]string{"no patch in hand", "watching", "armed", "reverting", "safe point seen", "attempting",
	"applied", "reverted", "stuck", "aborted", "failed"}

func (ph Phase) String() string { return phaseWords[ph] }

// phaseOf is the phase that the module's word alone stands for.
func phaseOf(s State) Phase {
	switch s {
	case StateArmed:
		return PhaseArmed
	case StateApplied:
		return PhaseApplied
	case StateReverting:
		return PhaseReverting
	}
	return PhaseWatching
}

// Settled reports whether the operation has switched.
func (ph Phase) Settled() bool { return ph == PhaseApplied || ph == PhaseReverted }

// underWay reports whether the last arming has not ended. What is stuck waits for a retry, and has not.
func (ph Phase) underWay() bool {
	switch ph {
	case PhaseArmed, PhaseReverting, PhaseSafePoint, PhaseAttempting, PhaseStuck:
		return true
	}
	return false
}
