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
// A call whose entry was skipped is missing from the count. Its exit finds no mark, so that it does no harm once it has
// ended. Before that it is found on its stack, as calls from before the watch are: one listing finds where it will
// return to, the next one counts it; and one more, since a task may have stood in the trampoline at the first.
type skips struct {
	mu         sync.Mutex
	generation uint32      // of the last proof
	forgiven   []int64     // exits skipped, less those repaired, at the last proof
	last       []int64     // when last asked
	listed     [3][]uint64 // entries skipped when the last listings began, the last one first
	told       []uint64    // entries skipped of which a sample has told
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

// list says that the tasks have been listed, and what was skipped when that began. It returns whether some of it came
// since the listing before.
func (s *skips) list(entries []uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	grown := !slices.Equal(entries, s.listed[0])
	s.listed[0], s.listed[1], s.listed[2] = entries, s.listed[0], s.listed[1]
	return grown
}

// unseen returns how many calls of each function may not be counted: those whose entries were skipped since the
// last listing but two, and those that no sample has told of, though they may be over. tell: this one does.
func (s *skips) unseen(entries []uint64, tell bool) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(entries)
	oldest := s.listed[len(s.listed)-1]
	for i := range out {
		known := uint64(0)
		if oldest != nil && s.told != nil {
			known = min(oldest[i], s.told[i])
		}
		out[i] -= min(known, out[i]) // another goroutine may have listed since entries were read
	}
	if tell {
		s.told = entries
	}
	return out
}
