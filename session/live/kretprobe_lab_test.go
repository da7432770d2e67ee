// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"os"
	"testing"

	"spotos/internal/labtest"
	"spotos/session"
)

const tracing = "/sys/kernel/tracing/"

// TestLabKretprobe has somebody else's kretprobe on a function that the callers of the patch sleep in. It hides where
// they return to; 6.1's unwinder warns in the kernel's log if it is asked about one that has just been woken.
func TestLabKretprobe(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 8)
	trace(t, "kprobe_events", "r:spotos_test/sleeps usleep_range_state")
	t.Cleanup(func() { trace(t, "kprobe_events", "-:spotos_test/sleeps") })
	trace(t, "events/spotos_test/sleeps/enable", "1")
	t.Cleanup(func() { trace(t, "events/spotos_test/sleeps/enable", "0") })
	for range labtest.Number(t, "SPOTOS_ROUNDS", 4) {
		turn(t, op, session.Apply)
		turn(t, op, session.Revert)
	}
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
}

// trace writes a line to a file of tracefs. kprobe_events appends it to those it has.
func trace(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(tracing+file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
