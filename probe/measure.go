// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/cilium/ebpf"
)

// Times is a distribution of times, each counted in one of four bins for every power of two of nanoseconds.
type Times struct {
	Count   uint64
	Total   time.Duration
	Longest time.Duration
	bins    [160]uint32
}

// binStart returns the least time of a bin, in ns: the inverse of bin_of in bpf/measure.h.
func binStart(bin int) uint64 {
	length, rest := bin/4+1, uint64(bin%4)
	if length < 2 {
		return rest
	}
	return 1<<length | rest<<(length-2)
}

// binOf is the same as bin_of in bpf/measure.h.
func binOf(ns uint64) int {
	length := bits.Len64(ns) - 1
	if length < 2 {
		return int(ns & 3)
	}
	return min((length-1)*4+int(ns>>(length-2)&3), len(Times{}.bins)-1)
}

// Quantile returns a time that the share q (0 to 1) of the times does not exceed, as precise as the bins are: within
// a quarter, and never more than the longest. 0: there are no times.
func (t *Times) Quantile(q float64) time.Duration {
	sum, want := 0.0, q*float64(t.Count)
	for bin, n := range t.bins {
		if n > 0 && sum+float64(n) >= want {
			low, high := float64(binStart(bin)), float64(binStart(bin+1))
			return min(time.Duration(low+(high-low)*max(want-sum, 0)/float64(n)), t.Longest)
		}
		sum += float64(n)
	}
	return t.Longest
}

// AtLeast returns how many of the times were d or longer; of d's bin it counts the part above d.
func (t *Times) AtLeast(d time.Duration) float64 {
	in := binOf(uint64(max(d, 0)))
	low, high := binStart(in), binStart(in+1)
	sum := float64(t.bins[in]) * float64(high-uint64(max(d, 0))) / float64(high-low)
	for _, n := range t.bins[in+1:] {
		sum += float64(n)
	}
	return max(sum, 0)
}

// Sub returns the times added since t was equal to earlier. Of the longest it knows only t's.
func (t Times) Sub(earlier *Times) Times {
	t.Count -= earlier.Count
	t.Total -= earlier.Total
	for i := range t.bins {
		t.bins[i] -= earlier.bins[i]
	}
	return t
}

// Plus returns t with the times added that were added to earlier until it was equal to later.
func (t Times) Plus(later, earlier *Times) Times {
	t.Count += later.Count - earlier.Count
	t.Total += later.Total - earlier.Total
	if later.Longest > earlier.Longest {
		t.Longest = later.Longest
	}
	for i := range t.bins {
		t.bins[i] += later.bins[i] - earlier.bins[i]
	}
	return t
}

// Add adds a time from elsewhere, in tests for example.
func (t *Times) Add(d time.Duration) {
	t.Count++
	t.Total += d
	t.Longest = max(t.Longest, d)
	t.bins[binOf(uint64(max(d, 0)))]++
}

func timesOf(t *watchTimes) Times {
	return Times{Count: t.Count, Total: time.Duration(t.Total), Longest: time.Duration(t.Longest), bins: t.Bins}
}

// Measures is what was timed since the watch began; zero windows are timed only during rounds.
type Measures struct {
	Covered   time.Duration // how long the rounds were
	AtZero    time.Duration // of that, how long all counts were zero
	Windows   Times         // zero windows that began and ended in it
	Open      time.Duration // how long the one that is open has lasted; 0: none is
	Residence []Times       // of calls, in the order of the functions
}

// Measure returns what was timed, and begins another round of timing: at most 64 zero windows and a few calls of
// each function until the next call of Measure, so that the cost to a hot function cannot be noticed.
func (w *Watch) Measure() (*Measures, error) {
	if _, err := w.base.Programs["measure"].Run(&ebpf.RunOptions{}); err != nil {
		return nil, fmt.Errorf("measuring zero windows: %w", err)
	}
	var windows watchWindows
	if err := w.base.Maps[".data.windows"].Lookup(uint32(0), &windows); err != nil {
		return nil, fmt.Errorf("reading the zero windows: %w", err)
	}
	var residence [MaxFuncs]watchTimes
	if err := w.base.Maps[".data.residence"].Lookup(uint32(0), &residence); err != nil {
		return nil, fmt.Errorf("reading the residence times: %w", err)
	}
	clock, err := monotonic()
	if err != nil {
		return nil, err
	}
	now := uint64(clock)
	m := &Measures{Covered: time.Duration(windows.Covered), Windows: timesOf((*watchTimes)(&windows.Times))}
	m.AtZero = m.Windows.Total + time.Duration(windows.Unseen)
	if windows.Begun != 0 && now > windows.Begun {
		m.Covered += time.Duration(now - windows.Begun)
	}
	if windows.Open != 0 && now > windows.Open {
		m.Open = time.Duration(now - windows.Open)
		m.AtZero += m.Open
	}
	for i := range w.funcs {
		m.Residence = append(m.Residence, timesOf(&residence[i]))
	}
	return m, nil
}
