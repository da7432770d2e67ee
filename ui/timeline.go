// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"time"

	"spotos/session"
)

const (
	// timelineBins is how many steps of equal length the whole watch is kept in, and how many of the last samples are
	// kept as they were. So a watch of days takes no more memory than one of an hour.
	timelineBins = 2048
	// firstBin is the length of a step at first. It doubles whenever the steps are used up.
	firstBin = 250 * time.Millisecond
	// longestGap is how long a sample speaks for the time since the one before.
	longestGap = 10 * time.Second
)

// timeline is the past of a watch: how many calls were in flight, when zero windows ended, and what happened. Times in
// it count from its first event.
type timeline struct {
	start  time.Time // zero: there is no event
	last   time.Duration
	step   time.Duration // of whole
	whole  []bin         // the first begins at 0
	recent []bin
	marks  []mark

	sampled bool          // there has been a sample
	first   time.Duration // when the first one was
	before  time.Duration // when the last one was
	windows uint64        // how many zero windows that one counted
}

// bin is what was seen in a part of the time.
type bin struct {
	from, to time.Duration
	seen     bool    // by a sample
	doubt    bool    // its counts may be wrong
	high     int64   // the most calls in flight in the whole patch
	zeros    uint64  // zero windows that the probes timed; 0 while the counts are in doubt
	each     []int64 // the most calls in flight in each function, in the patch's order
}

// add takes in what another part of the time saw. It changes no list: others may have the same.
func (b *bin) add(other bin) {
	if !other.seen {
		return
	}
	each := other.each
	if b.seen {
		each = slices.Clone(each)
	}
	for i := range min(len(each), len(b.each)) {
		each[i] = max(each[i], b.each[i])
	}
	b.each, b.high, b.zeros = each, max(b.high, other.high), b.zeros+other.zeros
	b.seen, b.doubt = true, b.doubt || other.doubt
}

// add takes the next event.
func (t *timeline) add(event session.Event) {
	at := event.Header().Time
	if at.IsZero() {
		return
	}
	if t.start.IsZero() {
		t.start, t.step = at, firstBin
	}
	now := at.Sub(t.start)
	t.last = max(t.last, now)
	if e, ok := event.(session.Sampled); ok {
		t.addSample(now, e)
		return
	}
	t.addMark(now, event)
}

// addSample takes a sample, which speaks for the time since the one before.
func (t *timeline) addSample(now time.Duration, e session.Sampled) {
	b := bin{from: t.before, to: now, seen: true, high: e.InFlight, doubt: e.WhyDoubted() != ""}
	if !t.sampled || now-t.before > longestGap || now < t.before {
		b.from = now
	}
	for _, f := range e.Functions {
		b.each = append(b.each, f.Count)
	}
	if !b.doubt {
		b.zeros = t.ended(e.Windows)
	}
	if !t.sampled {
		t.first = now
	}
	t.sampled, t.before, t.windows = true, now, e.Windows.Count
	t.recent = keepLast(append(t.recent, b), timelineBins)
	if now < 0 {
		return // the clock was set back to before the watch
	}
	for now >= t.step*timelineBins {
		t.fold()
	}
	first, last := int(b.from/t.step), int(max(b.from, now-1)/t.step)
	for i := len(t.whole); i <= last; i++ {
		t.whole = append(t.whole, bin{from: t.step * time.Duration(i), to: t.step * time.Duration(i+1)})
	}
	for i := max(0, first); i <= last; i++ {
		part := b
		if i < last { // the windows ended at a time that nobody knows: they are counted once
			part.zeros = 0
		}
		t.whole[i].add(part)
	}
}

// ended returns how many zero windows ended since the sample before, one that is open included. A recording of an older
// version has only how many there were in the last minutes: if that grew, at least so many ended.
func (t *timeline) ended(w session.ZeroWindows) uint64 {
	n := w.New
	if t.sampled && w.Count > t.windows {
		n = max(n, w.Count-t.windows)
	}
	if w.Open > 0 {
		n++
	}
	return n
}

// fold makes one step of each two.
func (t *timeline) fold() {
	t.step *= 2
	folded := make([]bin, 0, timelineBins)
	for i, b := range t.whole {
		if i%2 == 0 {
			folded = append(folded, bin{from: b.from, to: b.from + t.step})
		}
		folded[i/2].add(b)
	}
	t.whole = folded
}

// clone returns a copy that later events do not change.
func (t timeline) clone() timeline {
	t.whole, t.recent, t.marks = slices.Clone(t.whole), slices.Clone(t.recent), slices.Clone(t.marks)
	return t
}

// stretch is what was seen in one column of the screen.
type stretch struct {
	seen, doubt  bool
	high, chosen int64 // the most calls in flight in the whole patch, and in the chosen function
	zeros        uint64
}

// columns returns what was seen in each of n parts of equal length of the time from from on. chosen is the number of a
// function in the patch's order.
func (t *timeline) columns(from, span time.Duration, n, chosen int) []stretch {
	out := make([]stretch, n)
	bins := t.whole
	if len(t.recent) > 0 && t.recent[0].from <= max(from, t.first) {
		bins = t.recent
	}
	for _, b := range bins {
		if !b.seen {
			continue
		}
		first, last := columnOf(b.from-from, span, n), columnOf(max(b.from, b.to-1)-from, span, n)
		for i := max(0, first); i <= min(last, n-1); i++ {
			c := &out[i]
			c.seen, c.doubt, c.high = true, c.doubt || b.doubt, max(c.high, b.high)
			if chosen < len(b.each) {
				c.chosen = max(c.chosen, b.each[chosen])
			}
			if i == last { // the windows ended at a time that nobody knows: they are counted once
				c.zeros += b.zeros
			}
		}
	}
	return out
}

// columnOf returns in which of n columns of a span a time is: less than 0 or at least n if it is in none.
func columnOf(at, span time.Duration, n int) int {
	if at < 0 {
		return -1
	}
	return int(float64(at) / float64(span) * float64(n))
}
