// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"regexp"
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
			if s.State != session.StateArmed || !armedByRoot.MatchString(s.ArmedBy) {
				t.Errorf("the second says %s, armed by %q", s.State, s.ArmedBy)
			}
			checkOrder(t, "sample", s.Holders, s.Total)
			break
		}
	}
	checkPast(t)
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

// armedByRoot matches who armed, as another process says it.
var armedByRoot = regexp.MustCompile(`^\S+ \(pid \d+\) of root.* since \d\d:\d\d:\d\d$`)

// checkPast checks that the journal tells a console that comes later who armed, and that it is stuck.
func checkPast(t *testing.T) {
	t.Helper()
	past, err := machine(t).Past(t.Context(), "pair", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	armed, stuck := 0, 0
	for _, e := range past.Events {
		switch e := e.(type) {
		case session.Armed:
			armed++
			if !strings.Contains(e.By, "of root") {
				t.Errorf("the journal says that it was armed by %q", e.By)
			}
		case session.Stuck:
			stuck++
		}
	}
	if armed != 1 || stuck != 1 {
		t.Errorf("the journal has it armed %d times and stuck %d times", armed, stuck)
	}
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
