// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// TestLabRefusedWhileArmed asks for a revert while the patch is armed to apply: the module refuses it, and the
// switch that follows must be reported as what it is.
func TestLabRefusedWhileArmed(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 && labtest.PairFigure(t, "holders") == 1 })
	if err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy}); err != nil {
		t.Fatal(err)
	}
	refused := false
	for e := range events(t, op) {
		switch e := e.(type) {
		case session.Armed:
			if e.Direction != session.Apply || e.Strategy != session.SafePointStrategy {
				t.Errorf("armed to %s by %s, not to apply by %s", e.Direction, e.Strategy, session.SafePointStrategy)
			}
			if op.Arm(session.ArmOptions{Direction: session.Revert, Strategy: session.RetryStrategy}) == nil {
				t.Fatal("a second arming was accepted while the first was under way")
			}
		case session.Failed:
			refused = true
			labtest.OrderPair(t, "release")
		case session.Switched:
			if !refused || e.Kind != session.KindApplied {
				t.Errorf("refused: %v; the switch to apply was reported as %s", refused, e.Kind)
			}
			labtest.ReleasePair(t, released)
			if state := pairState(t); state != session.StateApplied {
				t.Errorf("the pair is %s", state)
			}
			turn(t, op, session.Revert)
			return
		}
	}
	t.Fatal("the events ended")
}
