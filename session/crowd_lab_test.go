// SPDX-License-Identifier: GPL-2.0-only

package session_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"spotos/session"
)

// TestLabCrowd has more calls sleep inside than the module can keep a record of. When the first of them have left it
// must still know of the others.
func TestLabCrowd(t *testing.T) {
	inLab(t)
	const leaving, staying = 2600, 1400
	op := openPair(t, 0)
	var early, late sync.WaitGroup
	enter := func(calls *sync.WaitGroup, n int, order string) {
		before := figure(t, "holders")
		for range n {
			calls.Go(func() {
				if err := os.WriteFile("/proc/pair_target", []byte(order), 0); err != nil {
					t.Error(err)
				}
			})
		}
		eventually(t, func() error {
			if inside := figure(t, "holders") - before; inside < n {
				return fmt.Errorf("%d of %d calls are inside", inside, n)
			}
			return nil
		})
	}
	enter(&early, leaving, "hold 60000")
	enter(&late, staying, "hold")
	if err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy, Timeout: time.Second}); err != nil {
		t.Fatal(err)
	}
	awaitStuck(t, op, leaving+staying)
	early.Wait()
	if err := op.Retry(); err != nil {
		t.Fatal(err)
	}
	awaitStuck(t, op, staying)
	if n := figure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
	if err := op.Abort(); err != nil {
		t.Error(err)
	}
	write(t, "/proc/pair_target", "release")
	late.Wait()
}

// awaitStuck waits until the deadline has passed with so many holders left.
func awaitStuck(t *testing.T, op session.Operation, want int) {
	t.Helper()
	for e := range op.Events() {
		switch e := e.(type) {
		case session.Stuck:
			if e.Total != want {
				t.Errorf("%d holders were found, there are %d", e.Total, want)
			}
			return
		case session.Switched:
			t.Fatalf("it switched with %d calls inside", figure(t, "holders"))
		case session.Failed:
			t.Fatal(e.Reason)
		}
	}
	t.Fatal("the events ended")
}
