// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// crowdEnv names the variable with the number of calls that a process makes sleep inside until it is killed.
const crowdEnv = "SPOTOS_CROWD"

// crowd has n more calls sleep inside, and returns when they do.
func crowd(t *testing.T, calls *sync.WaitGroup, n int) {
	t.Helper()
	for range n {
		calls.Go(func() {
			labtest.OrderPair(t, "hold")
		})
	}
}

// awaitCrowd waits until so many calls sleep inside.
func awaitCrowd(t *testing.T, want int) {
	t.Helper()
	labtest.Eventually(t, func() error {
		if inside := labtest.PairFigure(t, "holders"); inside != want {
			return fmt.Errorf("%d calls are inside, not %d", inside, want)
		}
		return nil
	})
}

// TestLabCrowdOfOthers is no test but the process whose calls end when it is killed.
func TestLabCrowdOfOthers(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(crowdEnv))
	if err != nil {
		t.Skip("runs as a part of TestLabCrowd")
	}
	var calls sync.WaitGroup
	crowd(t, &calls, n)
	calls.Wait()
}

// TestLabCrowd has more calls sleep inside than the module can keep a record of. When the first of them have left it
// must still know of the others.
func TestLabCrowd(t *testing.T) {
	labtest.WithSpotos(t)
	const leaving, staying = 2700, 300
	op := openPair(t, 0)
	others := exec.Command("/proc/self/exe", "-test.run", "LabCrowdOfOthers")
	others.Env = append(os.Environ(), crowdEnv+"="+strconv.Itoa(leaving))
	if err := others.Start(); err != nil {
		t.Fatal(err)
	}
	awaitCrowd(t, leaving)
	var calls sync.WaitGroup
	crowd(t, &calls, staying)
	awaitCrowd(t, leaving+staying)
	once := session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy, Timeout: time.Second}
	if err := op.Arm(once); err != nil {
		t.Fatal(err)
	}
	awaitStuck(t, op, leaving+staying)
	others.Process.Kill()
	others.Wait()
	awaitCrowd(t, staying)
	if err := op.Retry(); err != nil {
		t.Fatal(err)
	}
	awaitStuck(t, op, staying)
	if n := labtest.PairFigure(t, "violations"); n > 0 {
		t.Errorf("%d violations", n)
	}
	if err := op.Abort(); err != nil {
		t.Error(err)
	}
	labtest.OrderPair(t, "release")
	calls.Wait()
}

// many holders make the attempt at the deadline long, and it is known to be in vain: MANY in kmod/src/record.c.
const many = 1024

// awaitStuck waits until the deadline has passed with so many holders left. The machine is not stopped for many.
func awaitStuck(t *testing.T, op session.Operation, want int) {
	t.Helper()
	for e := range events(t, op) {
		switch e := e.(type) {
		case session.Stuck:
			if e.Total != want {
				t.Errorf("%d holders were found, there are %d", e.Total, want)
			}
			return
		case session.Attempted:
			if want > many {
				t.Errorf("the machine was stopped for %v with %d calls inside", e.Window, want)
			}
		case session.Switched:
			t.Fatalf("it switched with %d calls inside", labtest.PairFigure(t, "holders"))
		case session.Failed:
			t.Fatal(e.Reason)
		}
	}
	t.Fatal("the events ended")
}
