// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/patchset"
	"spotos/probe"
)

func attach(t *testing.T, funcs ...probe.Func) *probe.Watch {
	t.Helper()
	w, err := probe.Attach(t.Context(), funcs, probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// counts lists the holders and returns a sample after it.
func counts(t *testing.T, w *probe.Watch) ([]probe.Holder, []probe.Sample) {
	t.Helper()
	list, err := w.Holders()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return list, samples
}

// TestLabOnStacks watches a function that takes no probes beside one that does: both are counted, the first from the
// stacks of those who sleep in it.
func TestLabOnStacks(t *testing.T) {
	syms := loadPair(t)
	blind := text(t, syms, "pair_encode")
	blind.Uncounted = "a test wants it so"
	w := attach(t, blind, text(t, syms, "pair_decode"))
	var inside holders
	for _, n := range []int{2, 1} {
		inside.begin(t, n)
		inside.await(t)
		labtest.Eventually(t, func() error {
			list, got := counts(t, w)
			if len(list) != n || got[0].InFlight != int64(n) || got[0].Uncounted != blind.Uncounted || got[1].InFlight != 0 {
				return fmt.Errorf("%d holders, %+v", len(list), got)
			}
			return nil
		})
		inside.end(t)
		if list, got := counts(t, w); len(list) != 0 || got[0].InFlight != 0 || got[1].Uncounted != "" || got[1].Calls == 0 {
			t.Errorf("nobody is inside: %d holders, %+v", len(list), got)
		}
	}
}

// TestLabDying kills tasks, which then exit inside the function that handles their signal.
func TestLabDying(t *testing.T) {
	labtest.Require(t)
	syms, err := patchset.LoadSymbols()
	if err != nil {
		t.Fatal(err)
	}
	w := attach(t, text(t, syms, "get_signal"))
	for range 10 {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // asleep by now, or on the way
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		cmd.Wait()
	}
	labtest.Eventually(t, func() error {
		_, got := counts(t, w)
		if got[0].InFlight != 0 {
			return fmt.Errorf("%+v, %s", got[0], w.Doubt())
		}
		if got[0].Calls < 10 {
			t.Errorf("only %d calls: nothing is shown", got[0].Calls)
		}
		return nil
	})
}

// beginElsewhere starts n more calls in processes of their own: a watch does not doubt the threads of its own process,
// of which one always runs.
func (h *holders) beginElsewhere(t *testing.T, n int) {
	for range n {
		h.calls.Go(func() {
			if out, err := exec.Command("sh", "-c", "echo hold >/proc/pair_target").CombinedOutput(); err != nil {
				t.Errorf("holding: %v: %s", err, out)
			}
		})
	}
	h.n += int64(n)
}

// TestLabHooks begins a watch while calls sleep in the function whose return addresses are another tool's hook's. They
// are counted, or it says that they are not.
func TestLabHooks(t *testing.T) {
	syms := loadPair(t)
	write := func(file, text string) { t.Helper(); labtest.Trace(t, file, text) }
	for _, hook := range []struct {
		name    string
		on, off func()
	}{
		{"kretprobe", func() {
			write("kprobe_events", "r:spotos_test/encode pair_encode")
			write("events/spotos_test/encode/enable", "1")
		}, func() {
			write("events/spotos_test/encode/enable", "0")
			write("kprobe_events", "-:spotos_test/encode")
		}},
		{"function_graph", func() {
			// The filter, or the kernel hooks all of its functions, which on a slow host takes it 20 s without a rest.
			labtest.Write(t, labtest.Tracing+"set_ftrace_filter", "pair_encode")
			labtest.Write(t, labtest.Tracing+"current_tracer", "function_graph")
		}, func() {
			labtest.Write(t, labtest.Tracing+"current_tracer", "nop")
			labtest.Write(t, labtest.Tracing+"set_ftrace_filter", "")
		}},
	} {
		t.Run(hook.name, func(t *testing.T) {
			hook.on()
			defer hook.off()
			var inside holders
			inside.beginElsewhere(t, 2)
			defer inside.end(t)
			inside.await(t)
			w := attach(t, text(t, syms, "pair_encode"))
			list, got := counts(t, w)
			t.Logf("%d holders, %d in flight, doubt %q", len(list), got[0].InFlight, w.Doubt())
			if got[0].InFlight != 2 && w.Doubt() == "" {
				t.Errorf("2 calls are inside: %+v without a doubt", got[0])
			}
		})
	}
}
