// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/lab/livepatch"
)

func TestPeerCell(t *testing.T) {
	quick := livepatch.Switching{Done: true, Took: 20 * time.Microsecond}
	slow := livepatch.Switching{Done: true, Took: 2 * time.Second}
	never := livepatch.Switching{Took: 30 * time.Second}
	for name, c := range map[string]struct {
		all   []livepatch.Switching
		cell  string
		share float64
	}{
		"nothing was tried":   {nil, "-", 0},
		"each was done":       {[]livepatch.Switching{slow, quick, quick}, "20µs", 1},
		"one was given up":    {[]livepatch.Switching{quick, quick, never, quick}, "20µs (3 of 4)", 0.75},
		"each was given up":   {[]livepatch.Switching{never, never}, "none of 2, given up after 30s", 0},
		"a median of seconds": {[]livepatch.Switching{slow}, "2s", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if cell, share := peerCell(c.all); cell != c.cell || share != c.share {
				t.Errorf("%q and %v, want %q and %v", cell, share, c.cell, c.share)
			}
		})
	}
}

func TestRevertsOfWhatWasNotAppliedAreLeftOut(t *testing.T) {
	done, never := livepatch.Switching{Done: true, Took: 1}, livepatch.Switching{Took: 2}
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
