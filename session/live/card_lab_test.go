// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// cards are waits, by their names in waits, with the function that is watched and what the card says of them.
var cards = []struct {
	wait, function string
	where, frees   string
}{
	{"recvfrom of TCP", "inet_recvmsg", "recvfrom(FD, memory, 100 bytes, 0x0), on TCP 127.0.0.1:7117 to 127.0.0.1:7118",
		"data from 127.0.0.1:7118, or that end closing the connection; " +
			"or a nudge: the kernel restarts its recvfrom, and its program notices nothing"},
	{"accept of TCP", "inet_csk_accept", "accept(FD, nothing), on TCP that listens on 127.0.0.1:7119",
		"somebody connecting to 127.0.0.1:7119; or a nudge: the kernel restarts its accept"},
	{"read of a pipe", "pipe_read", "read(FD, memory, 1 bytes), on a pipe",
		"somebody writing into the pipe, or its last writer closing it; or a nudge: the kernel restarts its read"},
	{"recvfrom with a time limit", "unix_stream_recvmsg",
		"recvfrom(FD, memory, 100 bytes, 0x0), on unix socket without a name",
		"data from the other end of the socket, or that end closing it; or a nudge, which its program may notice: " +
			"recvfrom returns EINTR"},
}

// TestLabCard describes real holders: who they are, what they wait in, and what frees them; some of them since before
// the watch. One that is moved to another cgroup while it sleeps is said to be there, and one that is killed is not
// described any more.
func TestLabCard(t *testing.T) {
	labtest.WithSpotos(t)
	m, err := live.NewMachine(live.MachineOptions{ReadOnly: true, Interval: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	waiters := map[string]*waiter{}
	group := func(i int) string { return fmt.Sprintf("/card.slice/wait%d.service", i) }
	start := func(i int) {
		w := startWaiter(t, cards[i].wait)
		inGroup(t, w.pid, group(i))
		waiters[cards[i].wait] = w
	}
	names := make([]string, len(cards))
	for i, c := range cards {
		if names[i] = c.function; i < 2 { // the others come once it is watched
			start(i)
		}
	}
	op, err := m.Watch(t.Context(), names, session.OpenOptions{Describe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cards {
		if waiters[c.wait] == nil {
			start(i)
		}
		w := waiters[c.wait]
		s, h, d := described(t, op, w.tid)
		card := session.NewCard(h, d, session.FunctionSample{}, s.Time, "", names)
		t.Logf("%s: %+v", c.wait, card)
		where := c.where
		if d.Call != nil && d.Call.File != nil {
			where = strings.ReplaceAll(where, "FD", fmt.Sprint(d.Call.File.FD))
		}
		switch {
		case h.Function != c.function || h.Before != (i < 2) || h.TGID != w.pid:
			t.Errorf("%s: it holds as %+v", c.wait, h)
		case card.Where != where || !strings.HasPrefix(card.Frees, c.frees):
			t.Errorf("%s: where: %q, freed by: %q", c.wait, card.Where, card.Frees)
		case !strings.Contains(card.Kernel, "["+c.function+"]"):
			t.Errorf("%s: its way is %q", c.wait, card.Kernel)
		case d.Exe != exe || d.Unit != filepath.Base(group(i)) || d.Cgroup != group(i) || d.UID == nil || *d.UID != 0:
			t.Errorf("%s: it is said to be %+v", c.wait, d)
		}
	}
	w := waiters[cards[0].wait]
	op.Inspect(w.tid)
	inGroup(t, w.pid, "/card.slice/moved.service")
	await(t, op, func(s session.Sampled) bool {
		for _, d := range s.Details {
			if d.PID == w.tid && d.Unit == "moved.service" {
				return true
			}
		}
		return false
	})
	if err := syscall.Kill(w.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, op, func(s session.Sampled) bool { return holderOf(s, w.tid) == nil })
	op.Inspect(w.tid)
	for range 3 {
		await(t, op, func(s session.Sampled) bool {
			for _, d := range s.Details {
				if d.PID == w.tid {
					t.Errorf("a thread that has ended is said to be %+v", d)
				}
			}
			return true
		})
	}
}

// inGroup puts a process into a cgroup of its own until the test ends.
func inGroup(t *testing.T, pid int, group string) {
	t.Helper()
	dir := filepath.Join("/sys/fs/cgroup", group)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	labtest.Write(t, filepath.Join(dir, "cgroup.procs"), fmt.Sprint(pid))
}

// described has a holder inspected and returns it as soon as a sample says all of it, with that sample.
func described(t *testing.T, op session.Operation, tid int) (s session.Sampled, h session.Holder, d session.Details) {
	t.Helper()
	op.Inspect(tid)
	await(t, op, func(sample session.Sampled) bool {
		found := holderOf(sample, tid)
		for _, details := range sample.Details {
			if details.PID == tid && details.Call != nil && found != nil && found.Since > 0 {
				s, h, d = sample, *found, details
				return true
			}
		}
		return false
	})
	return s, h, d
}

func holderOf(s session.Sampled, tid int) *session.Holder {
	for i := range s.Holders {
		if s.Holders[i].PID == tid {
			return &s.Holders[i]
		}
	}
	return nil
}

// TestLabCardOfStuck has a patch stuck: the event that says so, and the samples, describe who holds it.
func TestLabCardOfStuck(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 0)
	released := labtest.HoldPair(time.Hour)
	await(t, op, func(s session.Sampled) bool { return s.InFlight == 1 })
	err := op.Arm(session.ArmOptions{Direction: session.Apply, Strategy: session.SafePointStrategy,
		Timeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var fold session.Fold
	for e := range events(t, op) {
		fold.Add(e)
		if s, ok := e.(session.Sampled); ok && fold.Phase == session.PhaseStuck && s.Stuck {
			break
		}
	}
	for name, list := range map[string][]session.Details{"stuck": fold.Stuck.Details, "sample": fold.Sample.Details} {
		if len(list) != 1 || list[0].Call == nil || list[0].Call.Name != "write" ||
			list[0].Call.File == nil || list[0].Call.File.Name != "/proc/pair_target" {
			t.Errorf("the event %s says %+v", name, list)
		}
	}
	if err := op.Abort(); err != nil {
		t.Fatal(err)
	}
	labtest.ReleasePair(t, released)
}
