// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
	"spotos/session"
)

const kills = 16

// run is one command that must end well.
func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("spotos", args...).CombinedOutput(); err != nil {
		t.Fatalf("spotos %v: %v: %s", args, err, out)
	}
}

// TestLabKilled kills apply and revert with SIGKILL: half of the kills are spread over the time that one takes. Most of
// that is loading and waiting, so a quarter comes somewhere after it is seen armed, held there by a call that sleeps
// inside, and a quarter somewhere after the switch is seen.
func TestLabKilled(t *testing.T) {
	labtest.WithSpotos(t)
	r := labtest.Random(t)
	journal := filepath.Join(t.TempDir(), "journal.jsonl")
	run(t, "apply", "pair", "--journal", journal) // loads pair_target too
	labtest.SetPair(t, "threads", 2)
	took := time.Hour
	for _, dir := range []string{"revert", "apply"} {
		begin := time.Now()
		run(t, dir, "pair", "--journal", journal)
		took = min(took, time.Since(begin))
	}
	dev, err := kmod.Open()
	if err != nil {
		t.Fatal(err)
	}
	tally := map[string]int{}
	for _, slice := range r.Perm(kills) {
		tally[killOnce(t, dev, r, slice, took, journal)]++
	}
	t.Logf("one takes %v; of %d killed were %v", took.Round(time.Millisecond), kills, tally)
	if tally["before"] == 0 || tally["armed"] == 0 || tally["switched"] == 0 {
		t.Error("the kills did not cover the whole operation")
	}
	if whole(t) == session.StateApplied {
		run(t, "revert", "pair", "--timeout", "60s", "--journal", journal)
	}
	run(t, "journal", "--journal", journal)
	labtest.SetPair(t, "threads", 0)
	dev.Close()
	_ = unix.DeleteModule("pair", unix.O_NONBLOCK) // whoever loaded it may have unloaded it
	labtest.Unload(t, "pair_target")
}

// killOnce kills what goes on from here in a slice of the time it takes, and returns how far it had come. As soon
// as it is gone, nothing may be armed.
func killOnce(t *testing.T, dev *kmod.Device, r *rand.Rand, slice int, took time.Duration, journal string) string {
	t.Helper()
	before, dir := whole(t), "apply"
	if before == session.StateApplied {
		dir = "revert"
	}
	done := make(chan error, 1)
	done <- nil
	var released <-chan error = done
	nudge, reached := "auto", func(session.State) bool { return true }
	delay := time.Duration((float64(slice) + r.Float64()) / kills * 1.5 * float64(took))
	switch slice % 4 {
	case 1: // armed until it is killed: nobody wakes the call
		released, nudge, reached = labtest.HoldPair(time.Hour), "none", underWay
		delay = time.Duration(r.Float64() * float64(took) / 4)
	case 2: // about to end
		reached = func(s session.State) bool {
			return !underWay(s) && (s == session.StateApplied) != (before == session.StateApplied)
		}
		delay = time.Duration(r.Float64() * float64(took) / 4)
	case 3: // until a moment of its own
		released = labtest.HoldPair(time.Duration((0.5 + r.Float64()) * float64(took)))
	}
	armed := killed(t, reached, delay, dir, "pair", "--timeout", "0", "--nudge", nudge, "--journal", journal)
	info, err := dev.Info()
	if err != nil || info.Armed != 0 {
		t.Fatalf("%s killed after %v: %d armed (%v)", dir, delay, info.Armed, err)
	}
	labtest.ReleasePair(t, released)
	switch after := whole(t); {
	case (after == session.StateApplied) != (before == session.StateApplied):
		return "switched"
	case armed:
		return "armed"
	}
	return "before"
}

func underWay(s session.State) bool { return s == session.StateArmed || s == session.StateReverting }

// killed starts a command, kills it a time after the pair has reached a state, and returns whether something was armed
// just before.
func killed(t *testing.T, reached func(session.State) bool, delay time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command("spotos", args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	labtest.Eventually(t, func() error {
		if now := pairState(t); !reached(now) {
			return fmt.Errorf("%v: the pair is still %s", args, now)
		}
		return nil
	})
	time.Sleep(delay)
	armed := underWay(pairState(t))
	cmd.Process.Kill() // it may have ended
	cmd.Wait()
	return armed
}
