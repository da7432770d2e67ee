// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"math"
	"testing"
	"time"
)

func TestBins(t *testing.T) {
	for bin := range len(Times{}.bins) {
		low, high := binStart(bin), binStart(bin+1)-1
		if binOf(low) != bin || binOf(high) != bin {
			t.Errorf("bin %d from %d to %d: these are in bins %d and %d", bin, low, high, binOf(low), binOf(high))
		}
	}
	if got := binOf(math.MaxUint64); got != len(Times{}.bins)-1 {
		t.Errorf("the longest time is in bin %d", got)
	}
}

func TestTimes(t *testing.T) {
	var none, times Times
	if none.Quantile(.5) != 0 || none.AtLeast(0) != 0 {
		t.Errorf("of no times: %v, %v", none.Quantile(.5), none.AtLeast(0))
	}
	for i := range 1000 {
		times.Add(time.Duration(i+1) * time.Microsecond)
	}
	for _, q := range []float64{.01, .5, .99, 1} {
		want := time.Duration(q * 1000 * float64(time.Microsecond))
		if got := times.Quantile(q); math.Abs(float64(got-want)) > .2*float64(want) {
			t.Errorf("quantile %v: %v, not %v", q, got, want)
		}
	}
	for _, d := range []time.Duration{0, 100 * time.Microsecond, 700 * time.Microsecond, 2 * time.Millisecond} {
		want := max(1000-float64(d/time.Microsecond), 0)
		if got := times.AtLeast(d); math.Abs(got-want) > 60 {
			t.Errorf("%v or longer: %v, not %v", d, got, want)
		}
	}
	later := times
	later.Add(time.Second)
	if diff := later.Sub(&times); diff.Count != 1 || diff.Total != time.Second || diff.AtLeast(900*time.Millisecond) == 0 {
		t.Errorf("the difference is %+v", diff)
	}
}
