// SPDX-License-Identifier: GPL-2.0-only

package session_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/session"
)

// run is one command that must end well.
func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("spotos", args...).CombinedOutput(); err != nil {
		t.Fatalf("spotos %v: %v: %s", args, err, out)
	}
}

// TestLabKilled kills apply and revert with SIGKILL, once in each of as many slices of the time that they take.
// In every other round a call sleeps inside, so that many die while armed.
func TestLabKilled(t *testing.T) {
	const kills = 32
	inLab(t)
	r := random(t)
	journal := filepath.Join(t.TempDir(), "journal.jsonl")
	begin := time.Now()
	run(t, "apply", "pair", "--journal", journal)
	took := time.Since(begin)
	write(t, pairTarget+"threads", "8")
	dev, err := kmod.Open()
	if err != nil {
		t.Fatal(err)
	}
	tally := map[string]int{}
	for round, slice := range r.Perm(kills) {
		before := whole(t)
		dir := "apply"
		if before == session.StateApplied {
			dir = "revert"
		}
		held := hold(round%2 == 0, time.Duration(r.Float64()*float64(took)))
		delay := time.Duration((float64(slice) + r.Float64()) / kills * 1.3 * float64(took))
		armed := killed(t, delay, dir, "pair", "--timeout", "0", "--journal", journal)
		if err := <-held; err != nil {
			t.Error(err)
		}
		info, err := dev.Info()
		if err != nil || info.Armed != 0 {
			t.Fatalf("%s killed after %v: %d armed (%v)", dir, delay, info.Armed, err)
		}
		after := whole(t)
		switch {
		case (after == session.StateApplied) != (before == session.StateApplied):
			tally["switched"]++
		case armed:
			tally["armed"]++
		default:
			tally["before"]++
		}
	}
	t.Logf("an apply took %v; of %d killed were %v", took.Round(time.Millisecond), kills, tally)
	if tally["switched"] == 0 || tally["before"] == 0 {
		t.Error("the kills did not cover the whole operation")
	}
	if whole(t) == session.StateApplied {
		run(t, "revert", "pair", "--timeout", "60s", "--journal", journal)
	}
	run(t, "journal", "--journal", journal)
	write(t, pairTarget+"threads", "0")
	dev.Close()
	_ = unix.DeleteModule("pair", unix.O_NONBLOCK) // whoever loaded it may have unloaded it
	if err := unix.DeleteModule("pair_target", unix.O_NONBLOCK); err != nil {
		t.Errorf("unloading pair_target: %v", err)
	}
	nothingLeft(t)
}

// killed starts a command, kills it after a time, and returns whether something was armed just before.
func killed(t *testing.T, delay time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command("spotos", args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay)
	state := pairState(t)
	cmd.Process.Kill() // it may have ended
	cmd.Wait()
	return state == session.StateArmed || state == session.StateReverting
}

// hold has a call sleep inside pair_encode for a time, and tells when it is over.
func hold(really bool, long time.Duration) <-chan error {
	over := make(chan error, 1)
	if !really {
		over <- nil
		return over
	}
	go func() {
		over <- os.WriteFile("/proc/pair_target", fmt.Appendf(nil, "hold %d", long.Milliseconds()+1), 0)
	}()
	return over
}
