// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
)

// The exit that the kernel skipped may have left its call's mark behind, or may have been of a call without a mark. A
// mark that is left behind stays where it is, while a call's mark is found on the stack of its task. So a listing shows
// how many of them can be left at most: those that are in the table before it and after it, and that it did not find.

// As in bpf/maps.h.
const (
	slots           = 65536
	funcShift       = 48
	generationShift = 56
	timed           = 1
)

// withoutKey returns a mark's function and generation. See without_key() in bpf/maps.h.
func withoutKey(mark uint64) uint64 { return mark ^ uint64(int64(mark<<16)>>63) }

func generationOf(mark uint64) uint32 { return uint32(withoutKey(mark) >> generationShift) }

func funcOf(mark uint64) int { return int(withoutKey(mark) >> funcShift & (MaxFuncs - 1)) }

// marks are all marks at a moment, by their place.
type marks struct {
	generation uint32
	skipped    []uint64 // exits skipped before that moment
	at         map[uint32]uint64
}

// readMarks reads the marks that are not void. skipped must have been read before.
func (w *Watch) readMarks(skipped []uint64) (*marks, error) {
	var shared watchSpotosShared
	if err := w.base.Maps[".data.shared"].Lookup(uint32(0), &shared); err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	all := make([]uint64, 2*slots) // the marks, and since when the timed ones are there
	if err := w.base.Maps[".bss"].Lookup(uint32(0), all); err != nil {
		return nil, fmt.Errorf("reading the marks: %w", err)
	}
	m := &marks{generation: shared.Generation, skipped: skipped, at: map[uint32]uint64{}}
	for i, mark := range all[:slots] {
		if mark != 0 && generationOf(mark) == shared.Generation&0xff {
			m.at[uint32(i)] = mark &^ timed
		}
	}
	return m, nil
}

// leftBehind returns how many marks of each function were there before a listing and after it, and were not found by
// it. found says which it found.
func (m *marks) leftBehind(after *marks, found func(place uint32) (bool, error)) ([]int64, error) {
	left := make([]int64, len(m.skipped))
	for place, mark := range m.at {
		if after.at[place] != mark {
			continue
		}
		if there, err := found(place); err != nil {
			return nil, err
		} else if f := funcOf(mark); !there && f < len(left) {
			left[f]++
		}
	}
	return left, nil
}

// withoutStale lists the tasks, and then believes no more calls to be left on the counts after skipped
// exits than there are marks of which the listing saw no call. w.listing is held.
func (w *Watch) withoutStale(list func() error) error {
	skipped, err := skippedRuns(w.exits)
	if err != nil {
		return err
	}
	if !w.skips.doubted(skipped) {
		return list()
	}
	var pass uint32
	before, err := w.readMarks(skipped)
	if err = errors.Join(err, w.holders.Maps[".data.pass"].Lookup(uint32(0), &pass), list()); err != nil {
		return err
	}
	after, err := w.readMarks(nil)
	if err != nil {
		return err
	}
	left, err := before.leftBehind(after, func(place uint32) (bool, error) {
		var last uint32
		err := w.holders.Maps["seen"].Lookup(place, &last)
		return last == pass, err
	})
	if err != nil {
		return fmt.Errorf("reading which marks were seen: %w", err)
	}
	var stats [MaxFuncs]watchFuncStats
	if err := w.base.Maps[".data.stats"].Lookup(uint32(0), &stats); err != nil {
		return fmt.Errorf("reading the figures: %w", err)
	}
	if after.generation == before.generation {
		w.skips.believe(before, stats[:], left)
	}
	return nil
}
