// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"slices"
	"testing"
)

// markOf is what mark_of() in bpf/maps.h makes.
func markOf(key uint64, f, generation int) uint64 {
	return key ^ uint64(f)<<funcShift ^ uint64(generation)<<generationShift
}

// TestMark takes marks apart, of keys below and above the table.
func TestMark(t *testing.T) {
	for _, key := range []uint64{8, 0x7fff_ffff_fff8, 0xffff_8000_0000_0008, 0xffff_ffff_ffff_fff8} {
		for _, f := range []int{0, 1, MaxFuncs - 1} {
			mark := markOf(key, f, 0xa5) | timed
			if funcOf(mark) != f || generationOf(mark) != 0xa5 {
				t.Errorf("%#x of function %d: function %d, generation %#x", key, f, funcOf(mark), generationOf(mark))
			}
		}
	}
}

// TestLeftBehind has a mark that stays unseen, one that a listing sees, one that goes, and one that gives its place to
// another.
func TestLeftBehind(t *testing.T) {
	stale, seen, gone, other := markOf(8, 1, 0), markOf(16, 1, 0), markOf(24, 0, 0), markOf(32, 0, 0)
	before := &marks{skipped: make([]uint64, 2), at: map[uint32]uint64{1: stale, 2: seen, 3: gone, 4: other}}
	after := &marks{at: map[uint32]uint64{1: stale, 2: seen, 4: markOf(40, 0, 0), 5: gone}}
	left, err := before.leftBehind(after, func(place uint32) (bool, error) { return place == 2, nil })
	if err != nil || !slices.Equal(left, []int64{0, 1}) {
		t.Errorf("%v (%v), want one of the second function", left, err)
	}
}

// TestBelieve follows one function through listings after skipped exits.
func TestBelieve(t *testing.T) {
	s := newSkips(1)
	left := func(skipped, repaired uint64) uint64 {
		return s.left([]uint64{skipped}, []watchFuncStats{{Repaired: repaired}}, inFlight(9, 0))[0]
	}
	listed := func(skipped, repaired uint64, doubted int64, generation uint32) {
		s.believe(&marks{skipped: []uint64{skipped}, generation: generation}, []watchFuncStats{{Repaired: repaired}},
			[]int64{doubted})
	}
	for i, step := range []struct {
		do   func()
		want uint64
	}{
		{func() {}, 5},
		{func() { listed(5, 0, 7, 0) }, 5}, // more marks than skipped exits
		{func() { listed(5, 0, 0, 1) }, 5}, // marks of a generation that no sample has seen
		{func() { listed(5, 0, 2, 0) }, 2},
		{func() { listed(5, 0, 4, 0) }, 2}, // what was believed once stays so
		{func() { listed(3, 0, 0, 0) }, 2}, // two were skipped after the listing began
		{func() { listed(5, 0, 0, 0) }, 0},
	} {
		step.do()
		if got := left(5, 0); got != step.want {
			t.Errorf("step %d: %d left, want %d", i, got, step.want)
		}
	}
	if got := left(7, 1); got != 1 {
		t.Errorf("two more skipped and one repaired: %d left, want 1", got)
	}
	seven := []uint64{7}
	if !s.doubted(seven) || left(7, 2) != 0 || s.doubted(seven) || !s.doubted([]uint64{8}) {
		t.Error("it is not told right whether there is a doubt")
	}
}
