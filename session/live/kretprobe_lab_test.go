// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
)

// TestLabKretprobe has somebody else's kretprobe on a function that the callers of the patch sleep in. It hides where
// they return to; 6.1's unwinder warns in the kernel's log if it is asked about one that has just been woken.
func TestLabKretprobe(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 8)
	labtest.Trace(t, "kprobe_events", "r:spotos_test/sleeps usleep_range_state")
	t.Cleanup(func() { labtest.Trace(t, "kprobe_events", "-:spotos_test/sleeps") })
	labtest.Trace(t, "events/spotos_test/sleeps/enable", "1")
	t.Cleanup(func() { labtest.Trace(t, "events/spotos_test/sleeps/enable", "0") })
	for range labtest.Number(t, "SPOTOS_ROUNDS", 4) {
		turn(t, op, session.Apply)
		turn(t, op, session.Revert)
	}
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
}
