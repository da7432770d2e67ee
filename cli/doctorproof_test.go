// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"testing"

	"spotos/cli/doctor"
)

// TestOutcomeOfDoctor has a proof that cannot be made take nothing from what else is known, and one that failed
// outweigh all of it. Nothing that is missing or unknown is ever "ready".
func TestOutcomeOfDoctor(t *testing.T) {
	for _, test := range []struct {
		worst doctor.Verdict
		proof proofResult
		want  string
		code  int
	}{
		{doctor.OK, proofNotAsked, "ready", exitOK},
		{doctor.Warn, proofMade, "ready", exitOK},
		{doctor.OK, proofImpossible, "ready, but not proved", exitRefused},
		{doctor.Warn, proofImpossible, "ready, but not proved", exitRefused},
		{doctor.Unknown, proofMade, "not known to be ready", exitRefused},
		{doctor.Unknown, proofImpossible, "not known to be ready", exitRefused},
		{doctor.Fail, proofMade, "not ready", exitRefused},
		{doctor.Fail, proofImpossible, "not ready", exitRefused},
		{doctor.OK, proofFailed, "broken", exitError},
		{doctor.Fail, proofFailed, "broken", exitError},
	} {
		if outcome, code := outcomeOfDoctor(test.worst, test.proof); outcome != test.want || code != test.code {
			t.Errorf("%s, proof %d: %q, %d, and not %q, %d", test.worst, test.proof, outcome, code, test.want, test.code)
		}
	}
}
