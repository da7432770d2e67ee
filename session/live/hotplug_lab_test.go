// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"os"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

const secondCPU = "/sys/devices/system/cpu/cpu1/online"

// TestLabHotplug takes a CPU away and gives it back, while armed and while switching.
func TestLabHotplug(t *testing.T) {
	labtest.WithSpotos(t)
	r := labtest.Random(t)
	op := openPair(t, 8)
	t.Cleanup(func() { labtest.Write(t, secondCPU, "1") })

	for i, online := range []string{"0", "1", "1", "0"} {
		dir := []session.Direction{session.Apply, session.Revert}[i%2]
		labtest.Write(t, secondCPU, "1")
		if online == "1" {
			labtest.Write(t, secondCPU, "0") // to come back while armed
		}
		released := labtest.HoldPair(time.Hour)
		await(t, op, func(session.Sampled) bool { return labtest.PairFigure(t, "holders") == 1 })
		if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
			t.Fatal(err)
		}
		attemptAfterRelease(t, op, func() { labtest.Write(t, secondCPU, online) })
		labtest.ReleasePair(t, released)
		whole(t)
	}

	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		for times, online := 0, []byte("0"); ; times++ {
			select {
			case <-stop:
				stopped <- times
				return
			case <-time.After(time.Duration(r.IntN(200)) * time.Millisecond):
			}
			if err := os.WriteFile(secondCPU, online, 0); err != nil && times > 0 {
				t.Errorf("switching a CPU: %v", err)
			}
			online[0] ^= 1
		}
	}()
	for range 25 {
		turn(t, op, session.Apply)
		turn(t, op, session.Revert)
	}
	close(stop)
	times := <-stopped
	t.Logf("the CPU went or came %d times in 50 switches", times)
	if times < 10 {
		t.Error("the CPU hardly ever went")
	}
	whole(t)
}
