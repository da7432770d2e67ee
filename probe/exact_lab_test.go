// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/probe"
)

const comparisonsPerWatch = 40

// TestLabExact compares the counts with pair_target's own at random moments, at which it makes the threads stand
// still, wherever they are. Calls from before the watch, calls that straddle its beginning, calls in soft and hard
// interrupts, and sleeping and quick calls come and go; so do watches. Where a count is in doubt it must not be wrong
// by more than that. SPOTOS_ROUNDS is the number of watches, SPOTOS_IDLE_US how long a thread rests between two calls.
func TestLabExact(t *testing.T) {
	syms := loadPair(t)
	labtest.SetPair(t, "idle_us", labtest.Number(t, "SPOTOS_IDLE_US", 300))
	labtest.SetPair(t, "stay_us", 5000)
	labtest.SetPair(t, "threads", 16)
	defer labtest.SetPair(t, "threads", 0)
	funcs := []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")}
	rounds := labtest.Number(t, "SPOTOS_ROUNDS", 6)
	var e exact
	for range rounds {
		e.round(t, funcs)
	}
	all := e.compared + e.within
	t.Logf("%d comparisons at quiet moments, with %d calls in flight in the mean; before %d calls had been skipped; "+
		"in %d some calls were in doubt, as was said, and %d more could not be made; %d differences",
		all, e.inFlight/max(1, all), e.sought, e.within, e.doubted, e.different)
	fmt.Printf("{\"bench\":\"exact\",\"figures\":{\"comparisons\":%d,\"in_doubt\":%d,\"differences\":%d}}\n",
		all, e.within+e.doubted, e.different)
	if all < rounds*comparisonsPerWatch*9/10 || e.compared < all*3/4 || e.inFlight < all {
		t.Errorf("of %d comparisons %d could be made, %d of them without a doubt: nothing is shown",
			rounds*comparisonsPerWatch, all, e.compared)
	}
}

// exact counts the comparisons and their results.
//
// compared counts those where nothing was in doubt, within those where some calls were, of how many the doubt speaks.
type exact struct{ compared, within, doubted, sought, different, inFlight int }

// holders are calls that sleep inside pair_encode until they are released.
type holders struct {
	calls sync.WaitGroup
	n     int64
}

// begin starts n more calls, and does not wait until they are inside.
func (h *holders) begin(t *testing.T, n int) {
	for range n {
		h.calls.Go(func() { labtest.OrderPair(t, "hold") })
	}
	h.n += int64(n)
}

// await waits until all are inside.
func (h *holders) await(t *testing.T) {
	end := time.Now().Add(labtest.Patience(t))
	for readTruth(t).holders != h.n {
		if time.Now().After(end) {
			t.Fatalf("%d calls are inside, not %d", readTruth(t).holders, h.n)
		}
		time.Sleep(time.Millisecond)
	}
}

// end releases all calls and waits until they have left.
func (h *holders) end(t *testing.T) {
	h.await(t) // a call that comes late would not be released
	labtest.OrderPair(t, "release")
	h.calls.Wait()
	h.n = 0
}

// round watches for a while, with calls that began before it, at its beginning, and later.
func (e *exact) round(t *testing.T, funcs []probe.Func) {
	var inside holders
	defer inside.end(t)
	inside.begin(t, rand.IntN(3))
	time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
	inside.begin(t, rand.IntN(3))
	w, err := probe.Attach(t.Context(), funcs, probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	softirq, hardirq := rand.IntN(2) == 0, rand.IntN(2) == 0
	for range comparisonsPerWatch {
		switch rand.IntN(8) {
		case 0:
			inside.end(t)
		case 1:
			inside.begin(t, 1)
		}
		if softirq {
			labtest.OrderPair(t, "softirq 500")
		}
		if hardirq {
			labtest.OrderPair(t, "hardirq 500")
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		e.compare(t, w, funcs, &inside)
	}
}

// sample returns a sample in which no call is missing: it looks for those whose entries the kernel skipped, and for
// what skipped exits left behind.
func (e *exact) sample(t *testing.T, w *probe.Watch) []probe.Sample {
	got, err := w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(got, func(s probe.Sample) bool { return s.Unseen > 0 || s.Skipped > 0 }) {
		return got
	}
	e.sought++
	for range 3 {
		if _, err := w.Holders(); err != nil {
			t.Fatal(err)
		}
	}
	if got, err = w.Sample(); err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		if s.Unseen > 0 {
			t.Errorf("function %d: %d calls are said to be missing after they were looked for", i, s.Unseen)
		}
	}
	return got
}

// compare waits until nothing moves, and compares.
func (e *exact) compare(t *testing.T, w *probe.Watch, funcs []probe.Func, inside *holders) {
	inside.await(t)
	labtest.OrderPair(t, "softirq 0")
	labtest.OrderPair(t, "hardirq 0")
	labtest.OrderPair(t, "pause")
	defer labtest.OrderPair(t, "resume")
	if w.Doubt() != "" {
		if _, err := w.Holders(); err != nil {
			t.Fatal(err)
		}
	}
	if doubt := w.Doubt(); doubt != "" {
		e.doubted++
		return
	}
	there := readTruth(t)
	got := e.sample(t, w)
	if slices.ContainsFunc(got, func(s probe.Sample) bool { return s.Skipped > 0 }) {
		e.within++
	} else {
		e.compared++
	}
	for f, s := range got {
		e.inFlight += int(there.inFlight[f])
		if tooHigh := s.InFlight - there.inFlight[f]; tooHigh < 0 || tooHigh > int64(s.Skipped) {
			e.different++
			t.Errorf("%s: counted %d in flight (%d early, %d missed, %d lost, %d in doubt), there are %d",
				funcs[f].Name, s.InFlight, s.Early, s.Missed, s.Lost, s.Skipped, there.inFlight[f])
		}
	}
}
