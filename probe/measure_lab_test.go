// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"fmt"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/probe"
)

// TestLabMeasure makes one call after the other stay inside pair_encode, with pauses between, and compares what
// was timed with its own clock, within bounds that hold however slow the machine is.
func TestLabMeasure(t *testing.T) {
	const calls, stay, pause = 24, 20 * time.Millisecond, 30 * time.Millisecond
	syms := loadPair(t)
	w, err := probe.Attach(t.Context(), []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")},
		probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	begin := time.Now()
	first, err := w.Measure()
	if err != nil {
		t.Fatal(err)
	}
	var inside, paused time.Duration // measured from outside: inside is too long, paused too short
	for range calls {
		from := time.Now()
		labtest.OrderPair(t, fmt.Sprintf("hold %d", stay.Milliseconds()))
		out := time.Now()
		inside += out.Sub(from)
		time.Sleep(pause)
		paused += time.Since(out)
		if _, err := w.Measure(); err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.Measure()
	if err != nil {
		t.Fatal(err)
	}
	wall := time.Since(begin)
	samples, err := w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	entered := samples[0].Calls // a signal of Go's scheduler ends a call, which begins again
	t.Logf("covered %v, at zero %v, windows %d: %v (p50 %v); inside %d: %v (p50 %v)", m.Covered, m.AtZero,
		m.Windows.Count, m.Windows.Total, m.Windows.Quantile(.5),
		m.Residence[0].Count, m.Residence[0].Total, m.Residence[0].Quantile(.5))
	if first.Open == 0 || m.Open == 0 {
		t.Errorf("open windows of %v and %v: nobody was inside, before and after", first.Open, m.Open)
	}
	if entered < calls || m.Windows.Count != entered-1 {
		t.Errorf("%d windows lay between %d calls", m.Windows.Count, entered)
	}
	if r := m.Residence[0]; r.Count != entered || r.Total > inside || r.Total < calls*(stay-jiffy) {
		t.Errorf("%d calls took %v, not all %d between %v and %v", r.Count, r.Total, entered, calls*(stay-jiffy), inside)
	}
	if m.Residence[1].Count == 0 || m.Residence[1].Total >= m.Residence[0].Total {
		t.Errorf("pair_decode, which is called by pair_encode, was timed as %+v", m.Residence[1])
	}
	if m.AtZero < paused || m.AtZero > wall-calls*(stay-jiffy) {
		t.Errorf("at zero for %v of %v, with pauses of %v", m.AtZero, wall, paused)
	}
	if m.Covered > wall || m.Covered < m.AtZero {
		t.Errorf("covered %v of %v", m.Covered, wall)
	}
}

// jiffy is how much too early a kernel timer may seem to end, since it counts whole ticks of 250 Hz.
const jiffy = 4 * time.Millisecond

// TestLabMeasureHot measures functions that are called all the time: the budget of a round bounds what is timed.
func TestLabMeasureHot(t *testing.T) {
	syms := loadPair(t)
	labtest.SetPair(t, "idle_us", 0)
	labtest.SetPair(t, "stay_us", 1)
	labtest.SetPair(t, "threads", 1)
	defer labtest.SetPair(t, "threads", 0)
	w, err := probe.Attach(t.Context(), []probe.Func{text(t, syms, "pair_encode"), text(t, syms, "pair_decode")},
		probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const rounds = 5
	for range rounds {
		if _, err := w.Measure(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	samples, err := w.Sample()
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.Measure()
	if err != nil {
		t.Fatal(err)
	}
	calls, timed := samples[0].Calls, m.Residence[0].Count
	t.Logf("%d calls, %d timed (p99 %v), %d zero windows (p50 %v) in %v", calls, timed, m.Residence[0].Quantile(.99),
		m.Windows.Count, m.Windows.Quantile(.5), m.Covered)
	// The last Measure begins a round too, which may be used up before the figures are read. A round that begins
	// while a call is being timed has one more.
	if timed == 0 || timed > (rounds+1)*18 || m.Windows.Count == 0 || m.Windows.Count > (rounds+1)*66 {
		t.Errorf("%d calls and %d windows were timed in %d rounds", timed, m.Windows.Count, rounds)
	}
	if calls < 10*m.Windows.Count {
		t.Skipf("only %d calls: too slow to use up a round", calls)
	}
	if m.Covered > rounds*100*time.Millisecond {
		t.Errorf("windows were looked out for during %v, though each round's are used up at once", m.Covered)
	}
}
