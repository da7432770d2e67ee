// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// TestLabWakesItself has a thread of this very process inside, which would stay there for good: it is woken like any
// other, waits outside for the switch, and then calls again. Init is woken, too.
func TestLabWakesItself(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 })
	arming := session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy}
	if err := op.Arm(arming); err != nil {
		t.Fatal(err)
	}
	await(t, op, func(s session.Sampled) bool { return s.State.Armed() })
	if failed, err := live.NudgeAny(op, 1); err != nil || len(failed) > 0 {
		t.Error("init was not woken:", err, failed)
	}
	if err := op.Abort(); err != nil {
		t.Fatal(err)
	}
	await(t, op, func(s session.Sampled) bool { return !s.State.Armed() })
	arming.Nudge = session.NudgeSignal
	for _, arming.Direction = range []session.Direction{session.Apply, session.Revert} {
		if err := op.Arm(arming); err != nil {
			t.Fatal(err)
		}
		for e := range events(t, op) {
			if f, ok := e.(session.Failed); ok {
				t.Fatal(f.Reason)
			}
			if _, ok := e.(session.Switched); ok {
				break
			}
		}
		await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 })
	}
	labtest.ReleasePair(t, released)
}
