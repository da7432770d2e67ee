// SPDX-License-Identifier: GPL-2.0-only

package probe

import "testing"

// TestSkips follows one function through skipped exits, repairs and proofs.
func TestSkips(t *testing.T) {
	var s skips
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
		{4, 1, 2, 1}, // which came before the proof cannot be told
		{4, 1, 3, 0},
		{4, 3, 3, 0}, // repairs of what was lost otherwise
		{5, 3, 3, 1}, // hide nothing
		{5, 9, 3, 0},
		{6, 9, 3, 1}, // also where there were more of them
	} {
		got := s.left([]uint64{step.skipped}, []watchFuncStats{{Repaired: step.repaired}}, step.generation)
		if got[0] != step.want {
			t.Errorf("step %d: %d left, want %d", i, got[0], step.want)
		}
	}
}

// TestUnseen follows one function through skipped entries and listings.
func TestUnseen(t *testing.T) {
	var s skips
	for i, step := range []struct {
		skipped uint64
		list    bool
		want    uint64
	}{
		{3, false, 3},
		{3, true, 3}, // where it returns to is known
		{4, true, 1}, // those of before are counted
		{4, false, 1},
		{6, false, 3},
		{6, true, 2},
		{6, true, 0},
	} {
		if step.list {
			s.list([]uint64{step.skipped})
		}
		if got := s.unseen([]uint64{step.skipped}); got[0] != step.want {
			t.Errorf("step %d: %d unseen, want %d", i, got[0], step.want)
		}
	}
}
