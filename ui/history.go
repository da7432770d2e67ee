// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"time"

	"spotos/session"
)

const (
	historyLength = 160 // counts kept for the sparkline
	rateSamples   = 8   // samples that calls per second are computed from
)

// history is the past of one function.
type history struct {
	counts []int64
	late   []bool      // beside counts: a call had stayed for much longer than is usual
	times  []time.Time // beside counts: when it was
	added  int         // counts in all, also those that are no longer kept
	calls  []callsAt
}

// callsAt is a call counter at a time.
type callsAt struct {
	time  time.Time
	calls uint64
}

// lateTimes is how many times the p99 a call has stayed that is late.
const lateTimes = 10

// late reports whether a call has stayed much longer in a function than is usual, if that is known.
func late(stay time.Duration, f session.FunctionSample) bool {
	return f.Timed > 0 && stay > lateTimes*f.P99
}

// add appends one sample.
func (h *history) add(now time.Time, f session.FunctionSample) {
	isLate := f.Count > 0 && late(f.LongestNow, f)
	h.counts = keepLast(append(h.counts, f.Count), historyLength)
	h.late = keepLast(append(h.late, isLate), historyLength)
	h.times = keepLast(append(h.times, now), historyLength)
	h.calls = keepLast(append(h.calls, callsAt{now, f.Calls}), rateSamples)
	h.added++
}

// last returns the last counts, and which were late, so many as a drawing of that width shows.
func (h *history) last(width int) (counts []int64, late []bool) {
	from := h.from(width)
	return h.counts[from:], h.late[from:]
}

// since returns when the first of these was, the zero time if there are none.
func (h *history) since(width int) time.Time {
	if from := h.from(width); from < len(h.times) {
		return h.times[from]
	}
	return time.Time{}
}

// from returns which of the kept counts a drawing of that width begins with. It fills from the left and, once it is
// full, moves by half of its width: a sample then adds one sign, and a slow line need not carry all others again.
func (h *history) from(width int) int {
	shown := h.added
	if shown > width {
		half := max(1, width/2)
		shown -= (shown - width + half - 1) / half * half
	}
	return len(h.counts) - max(0, min(shown, len(h.counts)))
}

// rate returns calls per second. It returns false while there are too few samples.
func (h *history) rate() (float64, bool) {
	if len(h.calls) < 2 {
		return 0, false
	}
	first, last := h.calls[0], h.calls[len(h.calls)-1]
	seconds := last.time.Sub(first.time).Seconds()
	if seconds <= 0 || last.calls < first.calls {
		return 0, false
	}
	return float64(last.calls-first.calls) / seconds, true
}

// keepLast returns list cut to about its last n items. It copies when it cuts: a paused picture shares the old array.
func keepLast[T any](list []T, n int) []T {
	if len(list) <= n+n/4 {
		return list
	}
	return append(make([]T, 0, n+n/4+1), list[len(list)-n:]...)
}
