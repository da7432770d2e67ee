// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
)

// skips tracks the entries and exits that the kernel skipped: it does not run a program that would interrupt itself,
// for example in a softirq that comes while it runs (recursion_misses). After a skipped exit the call stays on the
// count, until another entry has the same frame and takes its place, or a stop of the machine proves that no call is
// in flight.
//
// A call whose entry was skipped is missing from the count. Its exit finds no mark, so it does no harm once it has
// ended. Before that it is found on its stack, as calls from before the watch are: one listing finds its return
// address, and the next one counts it. A third is needed, since a task may be in the trampoline at the first.
type skips struct {
	mu         sync.Mutex
	generation uint32      // of the last proof
	forgiven   []int64     // exits skipped, minus those repaired, at the last proof
	last       []int64     // the same at the last call of left
	sampled    []uint64    // exits skipped at the last call of left
	listed     [3][]uint64 // entries skipped when the last listings began, the last one first
	reported   []uint64    // entries skipped that a sample has reported
}

func newSkips(funcs int) *skips {
	return &skips{forgiven: make([]int64, funcs), last: make([]int64, funcs)}
}

// skippedRuns returns how many runs of each program were skipped in all. A function without probes has no program.
func skippedRuns(programs []*ebpf.Program) ([]uint64, error) {
	skipped := make([]uint64, len(programs))
	for i, p := range programs {
		if p == nil {
			continue
		}
		info, err := p.Stats()
		if err != nil {
			return nil, fmt.Errorf("reading the runs of a probe: %w", err)
		}
		skipped[i] = info.RecursionMisses
	}
	return skipped, nil
}

// left returns how many calls of each function may still be on its count after a skipped exit. stats must have been
// read before skipped, and skipped before shared: an exit skipped after a proof must not seem to be older.
func (s *skips) left(skipped []uint64, stats []watchFuncStats, shared *watchSpotosShared) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != shared.Generation { // what came since the last call may have come after the proof
		s.generation = shared.Generation
		copy(s.forgiven, s.last)
	}
	s.sampled = skipped
	out := make([]uint64, len(skipped))
	for i := range skipped {
		now := int64(skipped[i]) - int64(stats[i].Repaired)
		s.forgiven[i] = min(s.forgiven[i], now) // repairs of what was lost otherwise
		if shared.Inflight[i] == 0 {            // no call has a mark
			s.forgiven[i] = now
		}
		s.last[i], out[i] = now, uint64(now-s.forgiven[i])
	}
	return out
}

// doubted tells whether calls of any function may be left on its count, of whose exits that many were skipped.
func (s *skips) doubted(skipped []uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.Equal(s.forgiven, s.last) || !slices.Equal(s.sampled, skipped)
}

// believe notes how many marks a listing left in doubt, of those that were there before it. stats must have been read
// after it: a repair that it may have seen already must not count again.
func (s *skips) believe(before *marks, stats []watchFuncStats, doubted []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before.generation != s.generation {
		return
	}
	for i, skipped := range before.skipped {
		s.forgiven[i] = max(s.forgiven[i], int64(skipped)-int64(stats[i].Repaired)-doubted[i])
	}
}

// list notes a listing of the tasks, and how many entries had been skipped when it began. It returns whether some of
// them were skipped since the listing before.
func (s *skips) list(entries []uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	grown := !slices.Equal(entries, s.listed[0])
	s.listed[0], s.listed[1], s.listed[2] = entries, s.listed[0], s.listed[1]
	return grown
}

// unseen returns how many calls of each function may be missing from its count: those whose entries were skipped
// since the third last listing, and those that no sample has reported, though they may have ended. report: this
// sample reports them.
func (s *skips) unseen(entries []uint64, report bool) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(entries)
	oldest := s.listed[len(s.listed)-1]
	for i := range out {
		known := uint64(0)
		if oldest != nil && s.reported != nil {
			known = min(oldest[i], s.reported[i])
		}
		out[i] -= min(known, out[i]) // another goroutine may have listed since entries were read
	}
	if report {
		s.reported = entries
	}
	return out
}
