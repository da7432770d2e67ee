// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"time"

	"spotos/session"
)

const (
	// Of fewer samples a caller's share of the time inside says too little.
	enoughSamples = 8
	// At so many samples the older ones count by half: a workload changes.
	manySamples = 128
	// longestTogether stands for any time that is longer.
	longestTogether = 10 * 365 * 24 * time.Hour
)

// callers estimates how often all callers are outside at once, where that was never seen. It takes them to be
// independent of each other, each inside for a share of the time.
type callers struct {
	samples int
	inside  map[int]int // by thread: in how many of the samples it was inside
	began   time.Time
	calls   uint64 // at that moment
}

// add takes a sample: the holders, and how many calls of the function that is called most there were so far.
func (c *callers) add(now time.Time, holders []session.Holder, calls uint64) {
	switch c.samples {
	case 0:
		c.inside, c.began, c.calls = map[int]int{}, now, calls
	case manySamples:
		c.forget(now, calls)
	}
	c.samples++
	for i := range holders {
		c.inside[holders[i].PID]++
	}
}

// forget halves what is remembered.
func (c *callers) forget(now time.Time, calls uint64) {
	c.samples /= 2
	c.began = c.began.Add(now.Sub(c.began) / 2)
	c.calls += (calls - c.calls) / 2
	for pid, n := range c.inside {
		if c.inside[pid] = n / 2; n < 2 {
			delete(c.inside, pid)
		}
	}
}

// together returns how many callers there are, and how much time passes on average from one moment when all are outside
// to the next. longest is for how long one has been inside now. 0: that is not known, there are not several, or one may
// be inside for good.
//
// With shares p of the time inside, all are outside for the product of all 1-p of it. Such a time ends when the first
// enters: each of n does so at a rate of r/n/(1-p) while it is outside, with r calls a second of all. The times are as
// many as their share of the time is longer than one of them.
func (c *callers) together(now time.Time, calls uint64, longest time.Duration) (n int, every time.Duration) {
	n = len(c.inside)
	elapsed := now.Sub(c.began)
	if c.samples < enoughSamples || n < 2 || elapsed <= 0 || calls <= c.calls || longest > elapsed/2 {
		return 0, 0
	}
	each := float64(calls-c.calls) / elapsed.Seconds() / float64(n)
	share, ending := 1.0, 0.0
	for _, k := range c.inside {
		outside := (float64(c.samples-k) + .5) / float64(c.samples+1)
		share *= outside
		ending += each / outside
	}
	seconds := 1 / (share * ending)
	if seconds >= longestTogether.Seconds() {
		return n, longestTogether
	}
	return n, time.Duration(seconds * float64(time.Second))
}
