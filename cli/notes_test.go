// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// TestNotes has a nudge that is repeated, and one that leaves out many.
func TestNotes(t *testing.T) {
	n := notes{}
	left := session.Nudged{LeftOut: []string{"iou-wrk-7 (pid 9): a worker of io_uring has no outside to wait in"}}
	for i, want := range [][]string{{"left out: iou-wrk-7 (pid 9): a worker of io_uring has no outside to wait in"}, {}} {
		if diff := cmp.Diff(want, n.of(left)); diff != "" {
			t.Errorf("time %d (-want +got):\n%s", i+1, diff)
		}
	}
	var many session.Nudged
	for i := range 20000 {
		many.LeftOut = append(many.LeftOut, fmt.Sprint(i))
	}
	if got := n.of(many); len(got) != leftOutSaid+1 || got[leftOutSaid] != "left out: and 19990 more" {
		t.Errorf("of many: %q", got)
	}
	if got := n.of(session.Started{}); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
	if got := n.of(session.Noted{Text: "the disk is full"}); len(got) != 1 || got[0] != "the disk is full" {
		t.Errorf("of a note: %q", got)
	}
}
