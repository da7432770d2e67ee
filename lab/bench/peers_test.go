// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPeerCell(t *testing.T) {
	quick, slow := switching{done: true, took: 20 * time.Microsecond}, switching{done: true, took: 2 * time.Second}
	never := switching{took: 30 * time.Second}
	for name, c := range map[string]struct {
		all   []switching
		cell  string
		share float64
	}{
		"nothing was tried":   {nil, "-", 0},
		"each was done":       {[]switching{slow, quick, quick}, "20µs", 1},
		"one was given up":    {[]switching{quick, quick, never, quick}, "20µs (3 of 4)", 0.75},
		"each was given up":   {[]switching{never, never}, "none of 2, given up after 30s", 0},
		"a median of seconds": {[]switching{slow}, "2s", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if cell, share := peerCell(c.all); cell != c.cell || share != c.share {
				t.Errorf("%q and %v, want %q and %v", cell, share, c.cell, c.share)
			}
		})
	}
}

func TestRevertsOfWhatWasNotAppliedAreLeftOut(t *testing.T) {
	done, never := switching{done: true, took: 1}, switching{took: 2}
	results := []peerResult{{apply: done, undo: done}, {apply: never}, {apply: done, undo: never}}
	for what, want := range map[string][]time.Duration{"apply": {1, 2, 1}, "undo": {1, 2}} {
		if diff := cmp.Diff(want, times(directions(results, what), took)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	for names, want := range map[string]int{"": len(peerRows), "idle": 1, "deaf recv-32": 2} {
		if rows, err := chosenRows(names); err != nil || len(rows) != want {
			t.Errorf("%q: %d rows, %v", names, len(rows), err)
		}
	}
	if _, err := chosenRows("idle busy"); err == nil || !strings.Contains(err.Error(), `"busy"`) {
		t.Errorf("a row that there is not: %v", err)
	}
}

// marchWitness says that both run for as long as tasks have not been switched.
type marchWitness struct{}

func (marchWitness) look(moving bool) (original, replacement bool, err error) {
	return moving, true, nil
}
func (marchWitness) close() {}

func TestATransitionIsFollowed(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	watch := &transition{want: "1", begin: at(0), witness: marchWitness{}}
	for i, state := range []string{"", "1 1", "1 1", "1 1", "1 0", "1 0"} { // enabled, transition
		enabled, moving, _ := strings.Cut(state, " ")
		if err := watch.saw(at(10*i), enabled, moving); err != nil {
			t.Fatal(err)
		}
	}
	want := switching{done: true, took: 40 * time.Millisecond, mixed: 21 * time.Millisecond, seen: 30 * time.Millisecond}
	if diff := cmp.Diff(want, watch.result(at(60)), cmp.AllowUnexported(switching{})); diff != "" {
		t.Error(diff)
	}
	undone := &transition{want: "0", begin: at(0), witness: marchWitness{}}
	for i, state := range []string{"1 0", "0 1", ""} { // unloaded between two looks
		enabled, moving, _ := strings.Cut(state, " ")
		if err := undone.saw(at(10*i), enabled, moving); err != nil {
			t.Fatal(err)
		}
	}
	if got := undone.result(at(60)); !got.done || got.took != 20*time.Millisecond {
		t.Errorf("the way back: %+v", got)
	}
}
