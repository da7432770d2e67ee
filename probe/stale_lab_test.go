// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/probe"
)

// leftBehind is a watch of encode and decode with one call inside encode, whose marks a test changes.
type leftBehind struct {
	w     *probe.Watch
	slots []uint64
	at    int // where the call's mark is, of encode
	mark  uint64
}

// TestLabLeftBehind has marks without calls in the table, as skipped exits leave them: a listing must not take them for
// those of calls, and must recognise the mark of the call that is there.
func TestLabLeftBehind(t *testing.T) {
	syms := loadPair(t)
	funcs := []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")}
	w, err := probe.Attach(t.Context(), funcs, probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	held := labtest.HoldPair(time.Hour)
	defer labtest.ReleasePair(t, held)
	l := &leftBehind{w: w}
	if l.slots, err = probe.WritableTable(w); err != nil {
		t.Fatal(err)
	}
	labtest.Eventually(t, func() error { return l.find() })
	elsewhere := (l.at + len(l.slots)/2) % len(l.slots)
	l.expect(t, "the mark of the call", []int{0}, []uint64{0, 0}, nil)
	l.expect(t, "one of another function in front of it", []int{0, 1}, []uint64{1, 1}, map[int]uint64{
		l.at: probe.OfFunction(l.mark, 1), l.at + 1: l.mark})
	l.expect(t, "one of another function in its place", []int{1}, []uint64{0, 1}, map[int]uint64{
		l.at: probe.OfFunction(l.mark, 1)})
	l.expect(t, "one that is on no stack", []int{0, 1}, []uint64{0, 1}, map[int]uint64{
		elsewhere: probe.OfFunction(l.mark^1<<40, 1)})
	l.expect(t, "the mark of the call again", []int{0}, []uint64{0, 0}, nil)
}

// find looks for the one mark of the one call.
func (l *leftBehind) find() error {
	counts, err := l.w.Sample()
	if err != nil {
		return err
	}
	l.at = slices.IndexFunc(l.slots, func(mark uint64) bool { return mark != 0 })
	if l.at < 0 || counts[0].InFlight != 1 || counts[1].InFlight != 0 {
		return fmt.Errorf("the call is not inside yet: %+v", counts)
	}
	l.mark = l.slots[l.at]
	return nil
}

// expect changes marks and counts, has exits of some functions skipped, lists, and wants so many calls of
// each function to be in doubt. Then it puts everything back, and wants none.
func (l *leftBehind) expect(t *testing.T, what string, skip []int, want []uint64, change map[int]uint64) {
	t.Helper()
	were := map[int]uint64{}
	for place, mark := range change {
		were[place] = l.slots[place]
		l.put(t, place, mark)
	}
	for _, f := range skip {
		probe.SkipExit(l.w, f)
	}
	if got := l.doubts(t); !slices.Equal(got, want) {
		t.Errorf("%s: %d calls are in doubt, want %d", what, got, want)
	}
	for place, mark := range were {
		l.put(t, place, mark)
	}
	if got := l.doubts(t); !slices.Equal(got, []uint64{0, 0}) {
		t.Errorf("%s is gone: %d calls are in doubt", what, got)
	}
}

// put puts a mark, or 0, where another may be.
func (l *leftBehind) put(t *testing.T, place int, mark uint64) {
	t.Helper()
	for i, m := range []uint64{l.slots[place], mark} {
		f := 1
		if m == l.mark {
			f = 0
		}
		if m == 0 {
			continue
		}
		if err := probe.AddToCount(l.w, f, int64(2*i-1)); err != nil {
			t.Fatal(err)
		}
	}
	l.slots[place] = mark
}

// doubts lists, and returns how many calls of each function are in doubt after that.
func (l *leftBehind) doubts(t *testing.T) []uint64 {
	t.Helper()
	if _, err := l.w.Holders(); err != nil {
		t.Fatal(err)
	}
	counts, err := l.w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return []uint64{counts[0].Skipped, counts[1].Skipped}
}
