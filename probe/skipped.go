// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
)

// skips follows the exits that the kernel did not tell us of: a program that interrupts itself, as one does in a
// softirq that comes while it runs, is not run (recursion_misses). The call stays on the count then, until another
// entry has the same frame and takes its place, or a stop of the machine proves that no call is in flight. An entry
// that is skipped does no harm for longer than its call lasts: its exit finds no mark.
type skips struct {
	mu         sync.Mutex
	generation uint32  // of the last proof
	forgiven   []int64 // exits skipped, less those repaired, at the last proof
	last       []int64 // when last asked
}

// skippedExits returns how many exits of each function were skipped in all.
func skippedExits(exits []*ebpf.Program) ([]uint64, error) {
	skipped := make([]uint64, len(exits))
	for i, exit := range exits {
		info, err := exit.Stats()
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
