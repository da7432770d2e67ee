// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// These tests switch functions of the kernel that runs, so they run only in a throw-away VM.

func TestMain(m *testing.M) {
	if live.IsGuard() { // an operation starts the program that it is part of: this one
		os.Exit(live.Guard())
	}
	if name := os.Getenv(waitVariable); name != "" {
		makeWait(name)
		return
	}
	os.Exit(m.Run())
}

// openOnly opens a patch of the lab's catalogue. The caller closes it.
func openOnly(t *testing.T, patch string) session.Operation {
	t.Helper()
	op, err := machine(t).Open(t.Context(), patch, session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// machine returns the machine with the journal that all of a test share.
func machine(t *testing.T) *live.Machine {
	t.Helper()
	journal := filepath.Join(os.TempDir(), t.Name()+".jsonl")
	t.Cleanup(func() { os.Remove(journal) })
	m, err := live.NewMachine(live.MachineOptions{Patches: filepath.Join(labtest.Modules, "patches"), Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// openPair opens the pair patch and has threads hammer its functions until the test ends.
func openPair(t *testing.T, threads int) session.Operation {
	t.Helper()
	op := openOnly(t, "pair")
	labtest.SetPair(t, "idle_us", labtest.Number(t, "SPOTOS_IDLE_US", 400))
	labtest.SetPair(t, "threads", threads)
	t.Cleanup(func() {
		labtest.SetPair(t, "threads", 0)
		op.Close()
		unix.DeleteModule("pair", unix.O_NONBLOCK) // closing may have done it
		// The probes of another watch hold it as long as they are attached.
		labtest.Eventually(t, func() error {
			return unix.DeleteModule("pair_target", unix.O_NONBLOCK)
		})
	})
	return op
}

// events returns the events of an operation, for as long as a wait for one of them may take.
func events(t *testing.T, op session.Operation) iter.Seq[session.Event] {
	limit := time.After(labtest.Limit(t, 2*time.Minute))
	return func(yield func(session.Event) bool) {
		for {
			select {
			case e, open := <-op.Events():
				if !open {
					t.Fatal("the events ended")
				}
				if !yield(e) {
					return
				}
			case <-limit:
				t.Fatal("the event that was waited for did not come")
			}
		}
	}
}

// turn switches once and returns how the switch went. Each function of see is called with every sample until then.
func turn(t *testing.T, op session.Operation, dir session.Direction, see ...func(session.Sampled)) session.Switched {
	t.Helper()
	return switchBy(t, op, session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy},
		func(e session.Event) {
			if e, ok := e.(session.Sampled); ok {
				for _, f := range see {
					f(e)
				}
			}
		})
}

// switchBy arms, has each event seen until it switched, and returns how that went.
func switchBy(t *testing.T, op session.Operation, how session.ArmOptions, see func(session.Event)) session.Switched {
	t.Helper()
	if err := op.Arm(how); err != nil {
		t.Fatalf("arming to %s: %v", how.Direction, err)
	}
	for e := range events(t, op) {
		see(e)
		switch e := e.(type) {
		case session.Switched:
			return e
		case session.Failed:
			t.Fatalf("%s failed: %s", how.Direction, e.Reason)
		}
	}
	t.Fatal("the events ended")
	return session.Switched{}
}

// TestLabPair applies and reverts two functions that must change together, while threads call them. It arms as the
// command does.
func TestLabPair(t *testing.T) {
	labtest.WithSpotos(t)
	rounds := labtest.Number(t, "SPOTOS_ROUNDS", 200)
	op := openPair(t, labtest.Number(t, "SPOTOS_THREADS", 8))
	switchPair(t, op, rounds).print("pair")
	await(t, op, func(s session.Sampled) bool {
		for _, f := range s.Functions {
			if f.Calls < uint64(rounds) || f.Doubt == session.NotCounted {
				t.Errorf("of %s %d calls were counted in %d rounds: %s", f.Name, f.Calls, rounds, f.Doubt)
			}
		}
		return true
	})
	for _, name := range []string{"encode.original.calls", "encode.patched.calls"} {
		if n := labtest.PairFigure(t, name); n < rounds {
			t.Errorf("%s: %d in %d rounds: the functions were hardly called", name, n, rounds)
		}
	}
}

// pairFigures are what it took to switch the pair back and forth.
type pairFigures struct{ rounds, attempts, nudges, violations int }

func (p pairFigures) print(bench string) {
	fmt.Printf("{\"bench\":%q,\"figures\":{\"rounds\":%d,\"attempts\":%d,\"nudges\":%d,\"violations\":%d}}\n",
		bench, p.rounds, p.attempts, p.nudges, p.violations)
}

// switchPair applies and reverts again and again. In every second round it nudges who is inside after 10 ms.
func switchPair(t *testing.T, op session.Operation, rounds int) pairFigures {
	t.Helper()
	begin, made := time.Now(), pairFigures{rounds: rounds}
	count := func(e session.Event) {
		if _, ok := e.(session.Nudged); ok {
			made.nudges++
		}
	}
	for i := range rounds {
		for _, dir := range []session.Direction{session.Apply, session.Revert} {
			options := auto(dir, 0)
			if i%2 == 1 {
				options.Patience = 10 * time.Millisecond
			}
			made.attempts += switchBy(t, op, options, count).Attempts
		}
		if made.violations = labtest.PairFigure(t, "violations"); made.violations > 0 {
			t.Fatalf("%d violations after round %d", made.violations, i+1)
		}
		if (i+1)%25 == 0 {
			t.Logf("%d rounds in %v", i+1, time.Since(begin).Round(time.Second))
		}
	}
	return made
}

// TestLabTrigger has a call that sleeps inside when the patch is armed: its end must pull the trigger, though
// the redirection was put on the function meanwhile, and the counts must be right afterwards.
func TestLabTrigger(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	for range 3 {
		for _, dir := range []session.Direction{session.Apply, session.Revert} {
			released := labtest.HoldPair(time.Hour)
			await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 && labtest.PairFigure(t, "holders") == 1 })
			if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
				t.Fatal(err)
			}
			if cause := attemptAfterRelease(t, op, func() {}); cause != "trigger" {
				t.Errorf("%s: the attempt was set off by %q", dir, cause)
			}
			labtest.ReleasePair(t, released)
			await(t, op, func(s session.Sampled) bool { return s.InFlight == 0 })
		}
	}
}

// await reads events until a sample is as wanted.
func await(t *testing.T, op session.Operation, right func(session.Sampled) bool) {
	t.Helper()
	for e := range events(t, op) {
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
	for e := range events(t, op) {
		switch e := e.(type) {
		case session.Armed:
			whileArmed()
			labtest.OrderPair(t, "release")
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
	labtest.WithSpotos(t)
	reload(t, "test/spotos", "ignore_check=1")
	t.Run("ignored", func(t *testing.T) {
		op := openPair(t, 8)
		for range 200 {
			blind(t, op, session.Apply)
			blind(t, op, session.Revert)
			if n := labtest.PairFigure(t, "violations"); n > 0 {
				t.Logf("%d violations", n)
				return
			}
		}
		t.Error("no violation in 200 rounds: the test cannot see a wrong switch")
	})
	reload(t, "spotos", "")
}

// blind switches at the first attempt, whoever is inside.
func blind(t *testing.T, op session.Operation, dir session.Direction) {
	t.Helper()
	if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.RetryStrategy}); err != nil {
		t.Fatalf("arming to %s: %v", dir, err)
	}
	for e := range events(t, op) {
		if _, ok := e.(session.Switched); ok {
			return
		}
	}
}

func reload(t *testing.T, module, params string) {
	t.Helper()
	labtest.Unload(t, "spotos")
	labtest.Load(t, module, params)
}
