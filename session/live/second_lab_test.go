// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// TestLabSecondConsole has one operation arm a patch that gets stuck, and another one watch it. The other one says that
// it is stuck and who armed it, and takes the arming back. The holders have one order everywhere.
func TestLabSecondConsole(t *testing.T) {
	labtest.WithSpotos(t)
	first := openPair(t, 0)
	var calls sync.WaitGroup
	crowd(t, &calls, 1)
	awaitCrowd(t, 1)
	longest := 0 // the pid of the one that has been inside before the others come
	for e := range events(t, first) {
		if s, ok := e.(session.Sampled); ok && s.Total == 1 && s.Holders[0].Since > 0 {
			longest = s.Holders[0].PID
			break
		}
	}
	crowd(t, &calls, 149)
	awaitCrowd(t, 150)
	once := session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy, Timeout: time.Second}
	if err := first.Arm(once); err != nil {
		t.Fatal(err)
	}
	for e := range events(t, first) {
		if stuck, ok := e.(session.Stuck); ok {
			checkOrder(t, "stuck", stuck.Holders, stuck.Total)
			if stuck.Holders[0].PID != longest {
				t.Errorf("pid %d is named first, the longest inside is %d", stuck.Holders[0].PID, longest)
			}
			break
		}
	}
	second := openOnly(t, "pair")
	t.Cleanup(func() { second.Close() })
	for e := range events(t, second) {
		if s, ok := e.(session.Sampled); ok && s.Stuck {
			if s.State != session.StateArmed || !strings.Contains(s.ArmedBy, "pid") {
				t.Errorf("the second says %s, armed by %q", s.State, s.ArmedBy)
			}
			checkOrder(t, "sample", s.Holders, s.Total)
			break
		}
	}
	if err := second.Abort(); err != nil {
		t.Errorf("aborting from the second: %v", err)
	}
	for e := range events(t, second) {
		if s, ok := e.(session.Sampled); ok && !s.State.Armed() && !s.Stuck && s.ArmedBy == "" {
			break
		}
	}
	labtest.OrderPair(t, "release")
	calls.Wait()
}

// checkOrder checks that a list is bounded and that nobody in it has been inside for longer than the one before.
func checkOrder(t *testing.T, what string, holders []session.Holder, total int) {
	t.Helper()
	sorted := slices.Clone(holders)
	session.LongestFirst(sorted)
	same := slices.EqualFunc(sorted, holders, func(a, b session.Holder) bool { return a.PID == b.PID })
	if len(holders) != session.HoldersListed || total != 150 || !same {
		t.Errorf("%s: %d of %d holders listed, the longest inside first: %v", what, len(holders), total, same)
	}
}
