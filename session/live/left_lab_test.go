// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// These helpers are shared by the tests that disturb an operation: they check what is left in the kernel.

// pairState is what the module says.
func pairState(t *testing.T) session.State {
	t.Helper()
	list, err := live.Status()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Name == "pair" {
			return p.State
		}
	}
	return session.StateNotLoaded
}

// redirected names the functions whose instruction pointer ftrace may change, as ftrace says.
func redirected(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(labtest.Tracing + "enabled_functions")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); slices.Contains(words, "I") {
			names = append(names, words[0])
		}
	}
	slices.Sort(names)
	return names
}

// whole sees that nothing is armed and that the pair is entirely old or entirely new, by what the module says,
// by what ftrace says, and by which functions its threads call. It returns the state.
func whole(t *testing.T) session.State {
	t.Helper()
	state, now, other := pairState(t), "original", "patched"
	var want []string
	switch state {
	case session.StateApplied:
		now, other, want = other, now, []string{"pair_decode", "pair_encode"}
	case session.StateLoaded, session.StateNotLoaded:
	default:
		t.Fatalf("the pair is %s", state)
	}
	// A redirection is taken off after the switch.
	labtest.Eventually(t, func() error {
		if got := redirected(t); !slices.Equal(got, want) {
			return fmt.Errorf("the pair is %s, and redirected are %v, not %v", state, got, want)
		}
		return nil
	})
	threadsCall(t, now, other)
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Fatalf("%d violations", n)
	}
	return state
}

// threadsCall sees that the pair's threads call its functions of one kind, "original" or "patched", and none of the
// other.
func threadsCall(t *testing.T, now, other string) {
	t.Helper()
	for _, function := range []string{"encode.", "decode."} {
		wrong, right := labtest.PairFigure(t, function+other+".calls"), labtest.PairFigure(t, function+now+".calls")
		labtest.Eventually(t, func() error {
			if labtest.PairFigure(t, function+now+".calls") < right+8 {
				return fmt.Errorf("the threads do not call %s%s", function, now)
			}
			return nil
		})
		if n := labtest.PairFigure(t, function+other+".calls") - wrong; n > 0 {
			t.Fatalf("%s%s was called %d times", function, other, n)
		}
	}
}
