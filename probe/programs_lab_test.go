// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/internal/labtest"
	"spotos/probe"
)

// byWho adds up the calls of pair_encode by what makes them.
type byWho struct {
	Self, Shell, Kthreads, Interrupts, Others, Elsewhere uint64
}

// whoCalled reads who called the function with the index 0.
func whoCalled(t *testing.T, w *probe.Watch) (byWho, map[string]probe.ProgramCalls) {
	t.Helper()
	p, err := w.Programs()
	if err != nil {
		t.Fatal(err)
	}
	sums, of := byWho{Interrupts: p.Interrupts[0].Calls, Others: p.Others[0].Calls}, map[string]probe.ProgramCalls{}
	for _, c := range p.Calls {
		if c.Func != 0 {
			continue
		}
		of[c.Comm] = c
		switch {
		case c.PID == os.Getpid():
			sums.Self += c.Calls
		case c.Comm == "sh":
			sums.Shell += c.Calls
		case c.Kthread:
			sums.Kthreads += c.Calls
		default:
			sums.Elsewhere += c.Calls
		}
		if c.Last <= 0 || c.Last > p.Now || c.Kthread != (c.File == 0) {
			t.Errorf("%+v at %s", c, p.Now)
		}
	}
	return sums, of
}

// shell has a shell call pair_encode n times.
func shell(t *testing.T, n int) {
	t.Helper()
	if err := exec.Command("sh", "-c", fmt.Sprintf("echo time %d >/proc/pair_target; :", n)).Run(); err != nil {
		t.Fatal(err)
	}
}

// TestLabProgramsFull has more processes call than the table has room for.
func TestLabProgramsFull(t *testing.T) {
	syms := loadPair(t)
	defer probe.SetProgramRoom(4)()
	w, err := probe.Attach(t.Context(), []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")},
		probe.Options{ByProgram: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	labtest.OrderPair(t, "time 10")
	for range 3 {
		shell(t, 100)
	}
	got, of := whoCalled(t, w)
	if want := (byWho{Self: 10, Shell: 100, Others: 200}); got != want {
		t.Errorf("called by (-want +got):\n%s", cmp.Diff(want, got))
	}
	// Who has ended leaves room.
	if err := w.ForgetProgram(of["sh"].Process, 0); err != nil {
		t.Fatal(err)
	}
	shell(t, 50)
	got, _ = whoCalled(t, w)
	if want := (byWho{Self: 10, Shell: 50, Others: 200}); got != want {
		t.Errorf("with room again, called by (-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestLabPrograms has this test, a shell, kernel threads and interrupts call a function, and compares who is said to
// have called it, how often, with what pair_target counts itself.
func TestLabPrograms(t *testing.T) {
	syms := loadPair(t)
	funcs := []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")}
	w, err := probe.Attach(t.Context(), funcs, probe.Options{ByProgram: true})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer w.Close()
	if sample, err := w.Sample(); err != nil || sample[0].Uncounted != "" {
		t.Fatalf("not counted: %v, %v", err, sample)
	}
	labtest.OrderPair(t, "time 1000")
	shell(t, 500)
	got, of := whoCalled(t, w)
	if want := (byWho{Self: 1000, Shell: 500}); got != want {
		t.Errorf("called by (-want +got):\n%s", cmp.Diff(want, got))
	}
	if sh := of["sh"]; sh.UID != 0 || sh.Kthread || sh.Cgroup == 0 || sh.Exec != of["probe.test"].Exec+1 {
		t.Errorf("the shell: %+v, its parent: %+v", sh, of["probe.test"])
	}

	labtest.OrderPair(t, "softirq 1000")
	labtest.OrderPair(t, "hardirq 1000")
	labtest.SetPair(t, "threads", 4)
	labtest.Eventually(t, func() error {
		now, _ := whoCalled(t, w)
		if now.Kthreads < 100 || now.Interrupts < 100 {
			return fmt.Errorf("too few calls by threads and interrupts: %+v", now)
		}
		return nil
	})
	labtest.SetPair(t, "threads", 0)
	labtest.OrderPair(t, "softirq 0")
	labtest.OrderPair(t, "hardirq 0")
	got, _ = whoCalled(t, w)
	sample, err := w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if got.Self != 1000 || got.Shell != 500 || got.Others != 0 || got.Elsewhere != 0 {
		t.Errorf("with threads and interrupts: %+v", got)
	}
	sum := got.Self + got.Shell + got.Kthreads + got.Interrupts
	if sum != sample[0].Calls {
		t.Errorf("the calls by program, %+v, are %d, but %d were counted", got, sum, sample[0].Calls)
	}
	made, skipped := uint64(labtest.PairFigure(t, "encode.original.calls")), uint64(0)
	for _, s := range sample[:1] {
		skipped += s.Missed + s.Unseen
	}
	if sum > made || sum+skipped < made {
		t.Errorf("%+v are %d calls of %d, of which %d were skipped", got, sum, made, skipped)
	}
	for comm := range of {
		if c := of[comm]; c.PID != os.Getpid() {
			if err := w.ForgetProgram(c.Process, c.Func); err != nil {
				t.Error(err)
			}
		}
	}
	if after, _ := whoCalled(t, w); after.Shell != 0 || after.Self != 1000 {
		t.Errorf("after the shell was forgotten: %+v", after)
	}
}
