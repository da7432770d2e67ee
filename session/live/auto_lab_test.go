// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// holdByOthers has n other processes sleep inside pair_encode until they are released, and waits until they do.
func holdByOthers(t *testing.T, op session.Operation, n int) {
	t.Helper()
	for range n {
		cmd := exec.Command("sh", "-c", "echo hold >/proc/pair_target")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	}
	await(t, op, func(s session.Sampled) bool { return s.InFlight == int64(n) && s.Total == n })
}

// auto are the options of an arming that nudges by itself.
func auto(dir session.Direction, timeout time.Duration) session.ArmOptions {
	return session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy, Timeout: timeout,
		Nudge: session.NudgeAuto, Patience: 2 * time.Second}
}

// TestLabAuto has callers inside that would stay there for good, in a write, which might be cut short: they are spared
// at first, and then woken, and it switches.
func TestLabAuto(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	holdByOthers(t, op, 4)
	for _, dir := range []session.Direction{session.Apply, session.Revert} {
		if err := op.Arm(auto(dir, 0)); err != nil {
			t.Fatal(err)
		}
		woken, spared := 0, 0
		for e := range events(t, op) {
			switch e := e.(type) {
			case session.Armed:
				if e.Nudge != session.NudgeAuto || e.Patience != 2*time.Second {
					t.Errorf("the arming says that it nudges by %q, with a patience of %v", e.Nudge, e.Patience)
				}
				continue
			case session.Nudged:
				woken = max(woken, len(e.PIDs))
				if len(e.PIDs) == 0 {
					spared++
				}
				if e.How != session.NudgeSignal || len(e.Notices) != len(e.PIDs) {
					t.Errorf("it nudged by %s, and of %d %v would notice", e.How, len(e.PIDs), e.Notices)
				}
				continue
			case session.Failed:
				t.Fatal(e.Reason)
			case session.Switched:
			default:
				continue
			}
			break
		}
		if woken != 4 || spared == 0 {
			t.Errorf("%s: %d of 4 holders were woken, after they had been spared %d times", dir, woken, spared)
		}
		// They wait outside for the switch, and then call again.
		await(t, op, func(s session.Sampled) bool { return s.InFlight == 4 })
	}
	labtest.OrderPair(t, "release")
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
}

// TestLabAutoWaits has threads that leave all the time: it waits for a safe point, and wakes nobody.
func TestLabAutoWaits(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 2)
	await(t, op, func(s session.Sampled) bool { return s.Forecast.Unknown == "" && s.Windows.Count > 10 })
	for _, dir := range []session.Direction{session.Apply, session.Revert} {
		if err := op.Arm(auto(dir, 0)); err != nil {
			t.Fatal(err)
		}
		for e := range events(t, op) {
			if n, ok := e.(session.Nudged); ok && len(n.PIDs) > 0 {
				t.Errorf("it woke %v", n.PIDs)
			}
			if _, ok := e.(session.Switched); ok {
				break
			}
		}
	}
}

// awaitUnswitched reads events until one is as wanted. None may say that it switched.
func awaitUnswitched(t *testing.T, op session.Operation, right func(session.Event) bool) {
	t.Helper()
	for e := range events(t, op) {
		if right(e) {
			return
		}
		if _, ok := e.(session.Switched); ok {
			t.Fatal("it switched with a caller inside")
		}
	}
}

// TestLabDeaf has a caller in an uninterruptible sleep: it is said of it that it does not leave, and nothing changes.
func TestLabDeaf(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	labtest.SetPair(t, "deaf", 1)
	defer labtest.SetPair(t, "deaf", 0)
	holdByOthers(t, op, 1)
	// It is inside a write, which may notice: the first round leaves it out, and the third wake-up comes after 4 s.
	if err := op.Arm(auto(session.Apply, 0)); err != nil {
		t.Fatal(err)
	}
	awaitUnswitched(t, op, func(e session.Event) bool {
		n, ok := e.(session.Noted)
		return ok && strings.Contains(n.Text, "does not leave when it is woken, since it sleeps uninterruptibly")
	})
	if err := op.Abort(); err != nil {
		t.Fatal(err)
	}
	// What is known of it outlives the arming: the next one need not wake it three times to say so when it is stuck.
	if err := op.Arm(auto(session.Apply, labtest.Limit(t, time.Second))); err != nil {
		t.Fatal(err)
	}
	awaitUnswitched(t, op, func(e session.Event) bool {
		s, ok := e.(session.Stuck)
		if ok && (len(s.Holders) != 1 || !s.Holders[0].Deaf ||
			!strings.Contains(s.Reason, "does not leave when it is woken")) {
			t.Errorf("stuck: %s, %+v", s.Reason, s.Holders)
		}
		return ok
	})
	labtest.OrderPair(t, "release")
	if err := op.Abort(); err != nil {
		t.Fatal(err)
	}
}
