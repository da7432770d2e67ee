// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/probe"
	"spotos/session"
	"spotos/session/live"
)

// waiter is a process that is blocked in a system call.
type waiter struct {
	pid, tid int
	ended    chan string // what its call returned
}

// startWaiter starts a process that makes a wait, and returns once it is asleep in it.
func startWaiter(t *testing.T, name string) *waiter {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	// A signal by which Go stops a goroutine would end the wait as well.
	cmd.Env = append(os.Environ(), waitVariable+"="+name, "GODEBUG=asyncpreemptoff=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	w := &waiter{pid: cmd.Process.Pid, ended: make(chan string, 1)}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("%s: it did not begin", name)
	}
	if _, err := fmt.Sscan(lines.Text(), &w.tid); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines.Scan()
		w.ended <- lines.Text()
	}()
	labtest.Eventually(t, func() error {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.tid))
		if err == nil && !strings.Contains(string(stat), ") S ") {
			err = fmt.Errorf("%s: not asleep: %s", name, stat)
		}
		return err
	})
	return w
}

// TestLabNotice wakes threads out of many system calls, none of which ends by itself: those that return are the ones
// of which it was said before that their programs would notice.
func TestLabNotice(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 })
	if err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy}); err != nil {
		t.Fatal(err)
	}
	await(t, op, func(s session.Sampled) bool { return s.State.Armed() })
	waiters := map[string]*waiter{}
	for _, w := range waits {
		waiters[w.name] = startWaiter(t, w.name)
	}
	var tids []int
	for _, w := range waits {
		at := waiters[w.name]
		said := live.Noticed(probe.Holder{PID: at.tid, TGID: at.pid})
		t.Logf("%s: %q", w.name, said)
		if (said != "") != w.notices {
			t.Errorf("%s: it is said that its program would notice %q", w.name, said)
		}
		tids = append(tids, at.tid)
	}
	failed, err := live.NudgeAny(op, tids...)
	if err != nil || len(failed) > 0 {
		t.Fatal(err, failed)
	}
	time.Sleep(time.Second) // a call that is restarted stays asleep
	for _, w := range waits {
		at := waiters[w.name]
		if w.notices {
			select {
			case <-at.ended:
			case <-time.After(labtest.Limit(t, 20*time.Second)):
				t.Errorf("%s: nothing was noticed", w.name)
			}
			continue
		}
		select {
		case how := <-at.ended:
			t.Errorf("%s: it returned %s", w.name, how)
		default:
		}
	}
	if err := op.Abort(); err != nil {
		t.Fatal(err)
	}
	labtest.OrderPair(t, "release")
	labtest.ReleasePair(t, released)
}
