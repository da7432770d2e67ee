// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"slices"
)

// Sample is one function's figures at a moment.
type Sample struct {
	InFlight int64  // calls in flight
	Early    int64  // of these, begun before the watch
	Calls    uint64 // counted entries
	Missed   uint64 // entries that could not be counted
	Lost     uint64 // exits that were not seen; their calls were found and taken off later
	Skipped  uint64 // exits that the kernel skipped: InFlight may be too high by as many
	Unseen   uint64 // entries that the kernel skipped lately: InFlight may be too low by as many
	// Uncounted says why InFlight is the number of calls that the last listing saw on the stacks of tasks that slept,
	// "" if it is counted by probes.
	Uncounted string
}

// Sample returns the figures, in the order of the functions. What it reports as Unseen the next one may leave out.
func (w *Watch) Sample() ([]Sample, error) { return w.sample(true) }

func (w *Watch) sample(report bool) ([]Sample, error) {
	w.skips.mu.Lock() // a listing must not come to believe anything in between
	defer w.skips.mu.Unlock()
	// In this order a task that leaves an early call and calls again in between counts twice, not never.
	stats, err := w.stats()
	if err != nil {
		return nil, err
	}
	before, err := skippedRuns(w.exits)
	if err != nil {
		return nil, err
	}
	shared, err := w.counts()
	if err != nil {
		return nil, err
	}
	exits, err := skippedRuns(w.exits)
	if err != nil {
		return nil, err
	}
	entries, err := skippedRuns(w.entries) // after the counts, which they may be missing from
	if err != nil {
		return nil, err
	}
	later, err := w.stats()
	if err != nil {
		return nil, err
	}
	unseen := w.skips.unseen(entries, report)
	left := w.skips.left(reading{before, later}, reading{exits, stats}, shared)
	out := make([]Sample, len(w.funcs))
	for i := range out {
		s := &stats[i]
		out[i] = Sample{InFlight: shared.Inflight[i] + s.Early, Early: s.Early, Calls: s.Calls, Missed: s.Missed,
			Lost: s.Lost, Skipped: left[i], Unseen: unseen[i]}
		if why := w.funcs[i].Uncounted; why != "" {
			out[i] = Sample{InFlight: w.onStacks[i].Load(), Uncounted: why}
		}
	}
	return out, nil
}

// Counted reports whether any function is counted by probes.
func (w *Watch) Counted() bool {
	return slices.Contains(w.counted(), true)
}

// counts reads what the module reads too.
func (w *Watch) counts() (*watchSpotosShared, error) {
	shared := &watchSpotosShared{}
	if err := w.base.Maps[".data.shared"].Lookup(uint32(0), shared); err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	return shared, nil
}

// stats reads the figures of all functions.
func (w *Watch) stats() ([]watchFuncStats, error) {
	var all [MaxFuncs]watchFuncStats
	if err := w.base.Maps[".data.stats"].Lookup(uint32(0), &all); err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	return all[:], nil
}
