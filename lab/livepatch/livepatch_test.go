// SPDX-License-Identifier: GPL-2.0-only

package livepatch

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// march says that both run for as long as tasks have not been switched.
func march(moving bool) (original, replacement bool, err error) { return moving, true, nil }

func TestATransitionIsFollowed(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	watch := &transition{Order: Order{Want: Applied, Witness: march, Every: time.Millisecond}, begin: at(0)}
	for i, state := range []string{"", "1 1", "1 1", "1 1", "1 0", "1 0"} { // enabled, transition
		enabled, moving, _ := strings.Cut(state, " ")
		if err := watch.saw(at(10*i), enabled, moving); err != nil {
			t.Fatal(err)
		}
	}
	want := Switching{Done: true, Took: 40 * time.Millisecond, Mixed: 21 * time.Millisecond, Seen: 30 * time.Millisecond}
	if diff := cmp.Diff(want, watch.result(at(60))); diff != "" {
		t.Error(diff)
	}
	undone := &transition{Order: Order{Want: Reverted, Witness: march}, begin: at(0)}
	for i, state := range []string{"1 0", "0 1", ""} { // unloaded between two looks
		enabled, moving, _ := strings.Cut(state, " ")
		if err := undone.saw(at(10*i), enabled, moving); err != nil {
			t.Fatal(err)
		}
	}
	if got := undone.result(at(60)); !got.Done || got.Took != 20*time.Millisecond {
		t.Errorf("the way back: %+v", got)
	}
}
