// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
	"spotos/session/live"
)

// These tests switch functions of the kernel that runs, so they run only in a throw-away VM, with SPOTOS_LAB=1
// and SPOTOS_BUILD naming the modules built for that kernel; spotos.ko is loaded.

const pairTarget = "/sys/module/pair_target/parameters/"

func TestMain(m *testing.M) {
	if live.IsGuard() { // an operation starts the program that it is part of: this one
		os.Exit(live.Guard())
	}
	os.Exit(m.Run())
}

func inLab(t *testing.T) string {
	if os.Getenv("SPOTOS_LAB") != "1" {
		t.Skip("runs in the lab's VM with SPOTOS_LAB=1")
	}
	return os.Getenv("SPOTOS_BUILD")
}

// openPair opens the pair patch and has threads hammer its functions until the test ends.
func openPair(t *testing.T, threads int) session.Operation {
	t.Helper()
	m, err := live.NewMachine(live.MachineOptions{Patches: "/lib/spotos/patches"})
	if err != nil {
		t.Fatal(err)
	}
	op, err := m.Open(t.Context(), "pair")
	if err != nil {
		t.Fatal(err)
	}
	write(t, pairTarget+"idle_us", strconv.Itoa(numberOr("SPOTOS_IDLE_US", 400)))
	write(t, pairTarget+"threads", strconv.Itoa(threads))
	t.Cleanup(func() {
		write(t, pairTarget+"threads", "0")
		op.Close()
		unix.DeleteModule("pair", unix.O_NONBLOCK) // closing may have done it
		// The probes of another watch hold it as long as they are attached.
		eventually(t, func() error {
			return unix.DeleteModule("pair_target", unix.O_NONBLOCK)
		})
	})
	return op
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0); err != nil {
		t.Error(err)
	}
}

// figure is one of /proc/pair_target.
func figure(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/pair_target")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(value); key == name && err == nil {
			return n
		}
	}
	t.Fatalf("/proc/pair_target has no figure %s:\n%s", name, text)
	return 0
}

// turn switches once and returns what the switch took. Those who want to see the samples on the way are told.
func turn(t *testing.T, op session.Operation, dir session.Direction, see ...func(session.Sampled)) session.Switched {
	t.Helper()
	if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
		t.Fatalf("arming to %s: %v", dir, err)
	}
	for e := range op.Events() {
		switch e := e.(type) {
		case session.Sampled:
			for _, f := range see {
				f(e)
			}
		case session.Switched:
			return e
		case session.Failed:
			t.Fatalf("%s failed: %s", dir, e.Reason)
		}
	}
	t.Fatal("the events ended")
	return session.Switched{}
}

// numberOr is a number that a variable of the environment may change: SPOTOS_ROUNDS says how often to do it,
// SPOTOS_THREADS how many call meanwhile, SPOTOS_IDLE_US how long each rests between two calls.
func numberOr(variable string, usual int) int {
	if text := os.Getenv(variable); text != "" {
		usual, _ = strconv.Atoi(text)
	}
	return usual
}

// TestLabPair applies and reverts two functions that must change together, while threads call them.
func TestLabPair(t *testing.T) {
	inLab(t)
	rounds := numberOr("SPOTOS_ROUNDS", 200)
	op := openPair(t, numberOr("SPOTOS_THREADS", 8))
	begin := time.Now()
	for i := range rounds {
		turn(t, op, session.Apply)
		turn(t, op, session.Revert)
		if n := figure(t, "violations"); n > 0 {
			t.Fatalf("%d violations after round %d", n, i+1)
		}
		if (i+1)%25 == 0 {
			t.Logf("%d rounds in %v", i+1, time.Since(begin).Round(time.Second))
		}
	}
	for _, name := range []string{"encode.original.calls", "encode.patched.calls"} {
		if n := figure(t, name); n < rounds {
			t.Errorf("%s: %d in %d rounds: the functions were hardly called", name, n, rounds)
		}
	}
	fmt.Printf("{\"bench\":\"pair\",\"figures\":{\"rounds\":%d,\"violations\":%d}}\n", rounds, figure(t, "violations"))
}

// TestLabTrigger has a call that sleeps inside when the patch is armed: its end must pull the trigger, though
// the redirection was put on the function meanwhile, and the counts must be right afterwards.
func TestLabTrigger(t *testing.T) {
	inLab(t)
	op := openPair(t, 0)
	for range 3 {
		for _, dir := range []session.Direction{session.Apply, session.Revert} {
			released := make(chan error)
			go func() { released <- os.WriteFile("/proc/pair_target", []byte("hold 60000"), 0) }()
			await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 && figure(t, "holders") == 1 })
			if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
				t.Fatal(err)
			}
			if cause := attemptAfterRelease(t, op, func() {}); cause != "trigger" {
				t.Errorf("%s: the attempt was set off by %q", dir, cause)
			}
			if err := <-released; err != nil {
				t.Error(err)
			}
			await(t, op, func(s session.Sampled) bool { return s.InFlight == 0 })
		}
	}
}

// await reads events until a sample is as wanted. It is the lab's time limit that ends a wait in vain.
func await(t *testing.T, op session.Operation, right func(session.Sampled) bool) {
	t.Helper()
	for e := range op.Events() {
		if s, ok := e.(session.Sampled); ok && right(s) {
			return
		}
	}
	t.Fatal("the events ended")
}

// attemptAfterRelease ends the hold once armed, after what else is to be done then, and returns what set off the
// attempt that switched.
func attemptAfterRelease(t *testing.T, op session.Operation, whileArmed func()) string {
	t.Helper()
	cause := ""
	for e := range op.Events() {
		switch e := e.(type) {
		case session.Armed:
			whileArmed()
			write(t, "/proc/pair_target", "release")
		case session.Attempted:
			if e.Switched {
				cause = e.Cause
			}
		case session.Switched:
			return cause
		}
	}
	t.Fatal("the events ended")
	return ""
}

// TestLabViolations shows that TestLabPair can fail: with a module that ignores the activeness check's
// verdict the same rounds do violate.
func TestLabViolations(t *testing.T) {
	build := inLab(t)
	reload(t, filepath.Join(build, "test", "spotos.ko"), "ignore_check=1")
	t.Run("ignored", func(t *testing.T) {
		op := openPair(t, 8)
		for range 200 {
			blind(t, op, session.Apply)
			blind(t, op, session.Revert)
			if n := figure(t, "violations"); n > 0 {
				t.Logf("%d violations", n)
				return
			}
		}
		t.Error("no violation in 200 rounds: the test cannot see a wrong switch")
	})
	reload(t, filepath.Join(build, "spotos.ko"), "")
}

// blind switches at the first attempt, whoever is inside.
func blind(t *testing.T, op session.Operation, dir session.Direction) {
	t.Helper()
	if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.RetryStrategy}); err != nil {
		t.Fatalf("arming to %s: %v", dir, err)
	}
	for e := range op.Events() {
		if _, ok := e.(session.Switched); ok {
			return
		}
	}
}

func reload(t *testing.T, path, params string) {
	t.Helper()
	if err := unix.DeleteModule("spotos", unix.O_NONBLOCK); err != nil {
		t.Fatalf("unloading spotos: %v", err)
	}
	load(t, path, params)
}

// load loads a module. It may run in a goroutine of the test's.
func load(t *testing.T, path, params string) {
	t.Helper()
	f, err := os.Open(path)
	if err == nil {
		err = unix.FinitModule(int(f.Fd()), params, 0)
	}
	if err != nil {
		t.Errorf("loading %s: %v", path, err)
	}
	f.Close()
}
