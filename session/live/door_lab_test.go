// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"bytes"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/session"
)

// callAgain has a thread stay inside the pair, and call again at once when it is released. It does not go through the
// file system in between. The returned function ends it.
func callAgain(t *testing.T) (end func()) {
	t.Helper()
	file, err := os.OpenFile("/proc/pair_target", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		for !over.Load() {
			// Of five seconds, so that it ends if a release comes too early.
			if _, err := unix.Write(int(file.Fd()), []byte("hold 5000")); err != nil && err != unix.EINTR {
				t.Error(err)
				return
			}
		}
	}()
	return func() {
		over.Store(true)
		labtest.OrderPair(t, "release")
		<-ended
		file.Close()
	}
}

// switchedAtOnce lets a thread that calls again at once out as soon as it is armed, and returns whether the attempt
// that this caused switched. Another one finds the thread inside again.
func switchedAtOnce(t *testing.T, op session.Operation, dir session.Direction) bool {
	t.Helper()
	attempts := 0
	at := switchBy(t, op, session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}, func(e session.Event) {
		switch e := e.(type) {
		case session.Armed:
			labtest.OrderPair(t, "release")
		case session.Attempted:
			attempts++
			if !e.Switched { // it is inside again
				labtest.OrderPair(t, "release")
			}
		}
	})
	t.Logf("%s: %d attempts, %v", dir, attempts, at.Wait.Round(10*time.Microsecond))
	return attempts == 1
}

// late counts those of some switches that took more than the first zero.
func late(t *testing.T, turns int) (late int) {
	t.Helper()
	op := openPair(t, 0)
	end := callAgain(t)
	t.Cleanup(end)
	for i := range turns {
		await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 && labtest.PairFigure(t, "holders") == 1 })
		if !switchedAtOnce(t, op, []session.Direction{session.Apply, session.Revert}[i%2]) {
			late++
		}
	}
	return late
}

// TestLabDoor has a thread that calls again at once, so that each zero is over before any other thread could make an
// attempt. The thread itself has to make it, before it is in user space again.
func TestLabDoor(t *testing.T) {
	labtest.WithSpotos(t)
	if n := late(t, 20); n > 0 {
		t.Errorf("%d of 20 switches took more than one zero: the thread that left was not kept", n)
	}
}

// TestLabDoorOpen shows that TestLabDoor can fail: where the ring buffer's wake-up comes from a thread, and nobody
// hears the bell, zeros are over too soon.
func TestLabDoorOpen(t *testing.T) {
	labtest.WithSpotos(t)
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(name.Version[:], []byte("PREEMPT_RT")) {
		t.Skip("an interrupt wakes what waits for a ring buffer here: the door closes without a bell")
	}
	reload(t, "test/spotos", "deaf=1")
	t.Run("deaf", func(t *testing.T) {
		if n := late(t, 20); n == 0 {
			t.Error("each switch took the first zero: the test cannot see an open door")
		}
	})
	reload(t, "spotos", "")
}
