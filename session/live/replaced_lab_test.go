// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// TestLabReplaced sees calls in the replacements only while they run, and that the machine's own counts agree: what
// enters a replacement is a call of its function.
func TestLabReplaced(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 4)
	var fold session.Fold
	until := func(what string, seen func(session.Sampled) bool) {
		t.Helper()
		for e := range events(t, op) {
			fold.Add(e)
			if e, ok := e.(session.Sampled); ok {
				if e.State != session.StateApplied && e.Replaced != nil {
					t.Fatalf("%s: %+v while it is %s", what, *e.Replaced, e.State)
				}
				if seen(e) {
					return
				}
			}
		}
	}
	until("watching", func(e session.Sampled) bool { return e.InFlight > 0 })
	fold.Add(turn(t, op, session.Apply))
	until("applied", func(e session.Sampled) bool {
		return e.Replaced != nil && e.Replaced.Calls > 0 && fold.Receipt.Calls > e.Replaced.Calls
	})
	if seen := fold.Sample.Replaced; seen.Unknown != "" || time.Since(seen.Since) > time.Hour {
		t.Errorf("seen: %+v", *seen)
	}
	t.Log(fold.Receipt.Proof())
	turn(t, op, session.Revert)
	until("reverted", func(e session.Sampled) bool { return e.State == session.StateLoaded })
}
