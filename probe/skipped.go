// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
)

// skips follows the exits that the kernel did not tell us of: a program that interrupts itself, as one does in a
// softirq that comes while it runs, is not run (recursion_misses). The call stays on the count then, until another
// entry has the same frame and takes its place, or a stop of the machine proves that no call is in flight.
//
// A call whose entry was skipped is not on the count until it ends, when its exit finds no mark, or is found on a
// stack as calls from before the watch are: one listing finds where it will return to, the next one counts it.
type skips struct {
	mu         sync.Mutex
	generation uint32      // of the last proof
	forgiven   []int64     // exits skipped, less those repaired, at the last proof
	last       []int64     // when last asked
	listed     [2][]uint64 // entries skipped, when the last listing began and the one before
}

// skippedRuns returns how many runs of each program were skipped in all.
func skippedRuns(programs []*ebpf.Program) ([]uint64, error) {
	skipped := make([]uint64, len(programs))
	for i, p := range programs {
		info, err := p.Stats()
		if err != nil {
			return nil, fmt.Errorf("reading the runs of a probe: %w", err)
		}
		skipped[i] = info.RecursionMisses
	}
	return skipped, nil
}

// left returns how many skipped exits of each function may still be on its count. stats must have been read before
// skipped, and that before the generation: what is skipped after a proof must not look as if it came before it.
func (s *skips) left(skipped []uint64, stats []watchFuncStats, generation uint32) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last, s.forgiven = make([]int64, len(skipped)), make([]int64, len(skipped))
	}
	if s.generation != generation { // what came since the last time may have come after the proof
		s.generation = generation
		copy(s.forgiven, s.last)
	}
	out := make([]uint64, len(skipped))
	for i := range skipped {
		now := int64(skipped[i]) - int64(stats[i].Repaired)
		s.forgiven[i] = min(s.forgiven[i], now) // repairs of what was lost otherwise
		s.last[i], out[i] = now, uint64(now-s.forgiven[i])
	}
	return out
}

// list says that the tasks are about to be listed.
func (s *skips) list(entries []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed[0], s.listed[1] = entries, s.listed[0]
}

// unseen returns how many calls of each function may not be counted, since no two listings were begun since their
// entries were skipped.
func (s *skips) unseen(entries []uint64) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(entries)
	for i, before := range s.listed[1] {
		out[i] -= before
	}
	return out
}
