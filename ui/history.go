// SPDX-License-Identifier: GPL-2.0-only

package ui

import "time"

const (
	historyLength = 160 // counts kept for the sparkline
	rateSamples   = 8   // samples that calls per second are computed from
)

// history is the past of one function.
type history struct {
	counts []int64
	added  int // counts in all, also those that are no longer kept
	calls  []callsAt
}

// callsAt is a call counter at a time.
type callsAt struct {
	time  time.Time
	calls uint64
}

// add appends one sample; calls is the total since the watch began.
func (h *history) add(now time.Time, count int64, calls uint64) {
	h.counts = keepLast(append(h.counts, count), historyLength)
	h.calls = keepLast(append(h.calls, callsAt{now, calls}), rateSamples)
	h.added++
}

// last returns the last counts, so many as a drawing of that width shows. It fills from the left and, once it is full,
// moves by half of its width, like the timeline: a sample then adds one sign, and a slow line need not carry all others
// again.
func (h *history) last(width int) []int64 {
	shown := h.added
	if shown > width {
		half := max(1, width/2)
		shown -= (shown - width + half - 1) / half * half
	}
	return h.counts[len(h.counts)-max(0, min(shown, len(h.counts))):]
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
