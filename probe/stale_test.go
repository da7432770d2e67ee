// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/cilium/ebpf"
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

// TestTable wants the table where both programs and the map of it have it: alone.
func TestTable(t *testing.T) {
	for name, load := range map[string]func() (*ebpf.CollectionSpec, error){"watch": loadWatch, "holders": loadHolders} {
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		at, size := spec.Variables["table"].Offset, spec.Maps[".bss"].ValueSize
		if at != 0 || uintptr(size) != unsafe.Sizeof(watchTable{}) {
			t.Errorf("%s has the table at %d of %d bytes", name, at, size)
		}
	}
}

// TestLeftBehind has a mark that stays unseen, one that becomes timed, one that a listing sees, one that goes, one that
// gives its place to another, and a void one.
func TestLeftBehind(t *testing.T) {
	mark := func(i uint64) uint64 { return markOf(8*i, 1, 2) }
	before := []uint64{mark(1), mark(2), mark(3), mark(4), mark(5), markOf(48, 1, 1), 0}
	after := &watchTable{}
	copy(after.Slots[:], []uint64{mark(1), mark(2) | timed, mark(3), 0, mark(6), markOf(48, 1, 1)})
	copy(after.Seen[:], []uint32{6, 0, 7})
	if left := leftBehind(before, after, 7, 2, 3); !slices.Equal(left, []int64{0, 2, 0}) {
		t.Errorf("%v, want two of the second function", left)
	}
}

// TestBelieve follows one function through listings after skipped exits.
func TestBelieve(t *testing.T) {
	s := newSkips(1)
	left := func(skipped, repaired uint64) uint64 {
		return s.left(read(skipped, repaired), read(skipped, repaired), inFlight(9, 0))[0]
	}
	listed := func(skipped uint64, left int64, generation uint32) {
		s.believe([]uint64{skipped}, make([]watchFuncStats, 1), []int64{left}, generation)
	}
	for i, step := range []struct {
		do   func()
		want uint64
	}{
		{func() {}, 5},
		{func() { listed(5, 7, 0) }, 5}, // more marks than skipped exits
		{func() { listed(5, 0, 1) }, 5}, // marks of a generation that no sample has seen
		{func() { listed(5, 2, 0) }, 2},
		{func() { listed(5, 4, 0) }, 2}, // what was believed once stays so
		{func() { listed(3, 0, 0) }, 2}, // two were skipped after the listing began
		{func() { listed(5, 0, 0) }, 0},
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
