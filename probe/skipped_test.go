// SPDX-License-Identifier: GPL-2.0-only

package probe

import "testing"

func read(skipped, repaired uint64) reading {
	return reading{[]uint64{skipped}, []watchFuncStats{{Repaired: repaired}}}
}

// inFlight are the counts of a single function.
func inFlight(n int64, generation uint32) *watchSpotosShared {
	shared := &watchSpotosShared{Generation: generation}
	shared.Inflight[0] = n
	return shared
}

// TestSkips follows one function through skipped exits, repairs and proofs.
func TestSkips(t *testing.T) {
	s := newSkips(1)
	for i, step := range []struct {
		skipped, repaired uint64
		generation        uint32
		want              uint64
	}{
		{0, 0, 0, 0},
		{2, 0, 0, 2},
		{2, 1, 0, 1}, // a later entry took the place of one
		{2, 1, 1, 0}, // proved clear
		{3, 1, 1, 1},
		{4, 1, 2, 1}, // it is not known which came before the proof
		{4, 1, 3, 0},
		{4, 3, 3, 0}, // repairs of what was lost otherwise
		{5, 3, 3, 1}, // hide nothing
		{5, 9, 3, 0},
		{6, 9, 3, 1}, // also where there were more of them
	} {
		got := s.left(read(step.skipped, step.repaired), read(step.skipped, step.repaired), inFlight(1, step.generation))
		if got[0] != step.want {
			t.Errorf("step %d: %d left, want %d", i, got[0], step.want)
		}
	}
}

// TestSkipsAtZero follows one function that comes to zero after skipped exits: no mark can be left then. What is
// skipped or repaired while a sample is taken must not be forgiven for that.
func TestSkipsAtZero(t *testing.T) {
	s := newSkips(1)
	for i, step := range []struct {
		before, inFlight, after      uint64
		repairedBefore, repairsAfter uint64
		want                         uint64
	}{
		{before: 2, inFlight: 3, after: 2, want: 2},
		{before: 2, inFlight: 3, after: 3, want: 3},
		{before: 3, inFlight: 0, after: 3, want: 0},
		{before: 3, inFlight: 1, after: 3, want: 0},
		{before: 3, inFlight: 0, after: 4, want: 1}, // skipped after the zero
		{before: 4, inFlight: 1, after: 4, want: 1},
		{before: 4, inFlight: 0, after: 4, repairsAfter: 1, want: 1}, // repaired before the zero
		{before: 4, inFlight: 1, after: 4, repairedBefore: 1, repairsAfter: 1, want: 0},
		{before: 5, inFlight: 1, after: 5, repairedBefore: 1, repairsAfter: 1, want: 1},
	} {
		got := s.left(read(step.before, step.repairsAfter), read(step.after, step.repairedBefore),
			inFlight(int64(step.inFlight), 0))
		if got[0] != step.want {
			t.Errorf("step %d: %d left, want %d", i, got[0], step.want)
		}
	}
}

// TestUnseen follows one function through skipped entries, listings and samples.
func TestUnseen(t *testing.T) {
	s := newSkips(1)
	for i, step := range []struct {
		skipped uint64
		lists   int
		want    uint64
	}{
		{0, 1, 0}, // so begins each watch
		{0, 1, 0},
		{0, 1, 0},
		{3, 0, 3},
		{3, 1, 3}, // where it returns to is known
		{4, 1, 4}, // counted, but for who stood in the trampoline
		{4, 1, 1},
		{6, 0, 3},
		{6, 1, 2},
		{6, 2, 0},
		{8, 3, 2}, // all counted or ended, but not yet reported
		{8, 0, 0},
	} {
		for range step.lists {
			s.list([]uint64{step.skipped})
		}
		if quiet := s.unseen([]uint64{step.skipped}, false); quiet[0] != step.want {
			t.Errorf("step %d: %d unseen, want %d", i, quiet[0], step.want)
		}
		if got := s.unseen([]uint64{step.skipped}, true); got[0] != step.want {
			t.Errorf("step %d: reported %d, want %d", i, got[0], step.want)
		}
	}
	if !s.list([]uint64{9}) || s.list([]uint64{9}) {
		t.Error("a listing does not say whether there were more since the one before")
	}
}
