// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"testing"

	"github.com/cilium/ebpf"

	"spotos/internal/labtest"
	"spotos/session"
)

// returnProbe puts somebody else's kretprobe on a function until the test ends.
func returnProbe(t *testing.T, function string) {
	t.Helper()
	labtest.Trace(t, "kprobe_events", "r:spotos_test/"+function+" "+function)
	t.Cleanup(func() { labtest.Trace(t, "kprobe_events", "-:spotos_test/"+function) })
	labtest.Trace(t, "events/spotos_test/"+function+"/enable", "1")
	t.Cleanup(func() { labtest.Trace(t, "events/spotos_test/"+function+"/enable", "0") })
}

// TestLabKretprobe has somebody else's kretprobe on a function that the callers of the patch sleep in. It hides where
// they return to; 6.1's unwinder warns in the kernel's log if it is asked about one that has just been woken.
func TestLabKretprobe(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 8)
	returnProbe(t, "usleep_range_state")
	for range labtest.Number(t, "SPOTOS_ROUNDS", 4) {
		turn(t, op, session.Apply)
		turn(t, op, session.Revert)
	}
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
}

// TestLabPairProbed is TestLabPair below the probes of another tool: kretprobes and exit programs on the functions of
// the patch, on what they sleep in, and on what every task calls all the time.
func TestLabPairProbed(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, labtest.Number(t, "SPOTOS_THREADS", 8))
	for _, function := range []string{"pair_encode", "pair_decode", "usleep_range_state", "hrtimer_start_range_ns"} {
		returnProbe(t, function)
	}
	for _, function := range []string{"pair_encode", "pair_decode", "usleep_range_state"} {
		l := traced(t, function, ebpf.AttachTraceFExit)
		t.Cleanup(func() { l.Close() })
	}
	switchPair(t, op, labtest.Number(t, "SPOTOS_ROUNDS", 10)).print("pair-probed")
}
