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
// in flight. How many such calls there can be at most is known from a listing (stale.go), a proof, and a zero.
//
// A call whose entry was skipped is missing from the count. Its exit finds no mark, so it does no harm once it has
// ended. Before that it is found on its stack, as calls from before the watch are: one listing finds its return
// address, and the next one counts it. A third is needed, since a task may be in the trampoline at the first.
type skips struct {
	mu         sync.Mutex
	generation uint32      // of the last proof
	forgiven   []int64     // exits skipped, minus those repaired, that are known to have left nothing
	last       []int64     // exits skipped, minus those repaired, at the last call of left, at most
	before     []uint64    // exits skipped before the counts of the last call of left were read
	sampled    []uint64    // and after that
	listed     [3][]uint64 // entries skipped when the last listings began, the last one first
	reported   []uint64    // entries skipped that a sample has reported
}

func newSkips(funcs int) *skips {
	return &skips{forgiven: make([]int64, funcs), last: make([]int64, funcs), before: make([]uint64, funcs),
		sampled: make([]uint64, funcs)}
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

// reading is how many exits of each function were skipped, and its figures, as they were read one after the other.
type reading struct {
	skipped []uint64
	stats   []watchFuncStats
}

// excess returns how many exits of a function were skipped, less those that were repaired.
func (r reading) excess(i int) int64 { return int64(r.skipped[i]) - int64(r.stats[i].Repaired) }

// left returns how many calls of each function may still be on its count after a skipped exit. Of what least forgives,
// exits had been read before shared and repairs after it, and of most the other way round: neither an exit that is
// skipped meanwhile nor a repair makes them too few. s.mu is held, also while all of that is read.
func (s *skips) left(least, most reading, shared *watchSpotosShared) []uint64 {
	proved := s.generation != shared.Generation
	s.generation = shared.Generation
	out := make([]uint64, len(least.skipped))
	for i := range out {
		if proved { // what was skipped since the last call may have come after the proof
			s.forgiven[i] = max(s.forgiven[i], int64(s.before[i])-int64(least.stats[i].Repaired))
		}
		if shared.Inflight[i] == 0 { // no call has a mark
			s.forgiven[i] = max(s.forgiven[i], least.excess(i))
		}
		now := most.excess(i)
		s.forgiven[i] = min(s.forgiven[i], now) // repairs of what was lost otherwise
		s.last[i], out[i] = now, uint64(now-s.forgiven[i])
	}
	s.before, s.sampled = least.skipped, most.skipped
	return out
}

// doubted tells whether calls of any function may be left on its count, of whose exits that many were skipped.
func (s *skips) doubted(skipped []uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.Equal(s.forgiven, s.last) || !slices.Equal(s.sampled, skipped)
}

// believe notes how many marks of each function a listing left in doubt, which began when that many exits had been
// skipped. stats must have been read after it: a repair that it may have seen already must not count again.
func (s *skips) believe(skipped []uint64, stats []watchFuncStats, left []int64, generation uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return
	}
	for i := range skipped {
		s.forgiven[i] = max(s.forgiven[i], reading{skipped, stats}.excess(i)-left[i])
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
// sample reports them. s.mu is held.
func (s *skips) unseen(entries []uint64, report bool) []uint64 {
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
