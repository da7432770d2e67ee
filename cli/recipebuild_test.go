// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/source"
	"spotos/session"
)

// TestRecipeOutcome: a version that the archive has no more is no failure of the recipe.
func TestRecipeOutcome(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("getting it: %w", &source.GoneError{Version: "6.1.170-3", Package: "linux-source-6.1"}), recipeSkipped},
		{refusedFix(&build.RefusedError{Refusals: []build.Refusal{{Symbol: "f", Why: "is gone"}}}), recipeRefused},
		{&session.Refusal{Reason: "no"}, recipeRefused},
		{refusedFix(&build.CompileError{}), recipeFailed},
		{errors.New("disk full"), recipeFailed},
	} {
		if got := recipeOutcome(tt.err); got != tt.want {
			t.Errorf("recipeOutcome(%v) = %s, want %s", tt.err, got, tt.want)
		}
	}
}
