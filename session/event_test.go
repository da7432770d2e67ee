// SPDX-License-Identifier: GPL-2.0-only

package session

import "testing"

// The exit codes are documented, so they must not change.
func TestExitCodes(t *testing.T) {
	for outcome, want := range map[Outcome]int{
		OutcomeApplied: 0, OutcomeReverted: 0, OutcomeDone: 0, OutcomeFailed: 1, OutcomeStuck: 3, OutcomeAborted: 4,
		OutcomeRefused: 5, OutcomeInterrupted: 130,
	} {
		if got := outcome.ExitCode(); got != want {
			t.Errorf("%s exits with %d, want %d", outcome, got, want)
		}
	}
}
