// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An exit that the kernel skipped may have left its call's mark behind, or may have been of a call without a mark. A
// mark that is left behind stays where it is, while that of a call is found on the stack of its task. So a listing
// shows how many can be left at most: those that are in the table before it and after it, and whose call it did not
// find. What it can be wrong about is in bpf/settle.h, at note_seen().

// As in bpf/maps.h.
const (
	funcShift       = 48
	generationShift = 56
	timed           = 1
)

// withoutKey returns a mark's function and generation. See without_key() in bpf/maps.h.
func withoutKey(mark uint64) uint64 { return mark ^ uint64(int64(mark<<16)>>63) }

func generationOf(mark uint64) uint32 { return uint32(withoutKey(mark) >> generationShift) }

func funcOf(mark uint64) int { return int(withoutKey(mark) >> funcShift & (MaxFuncs - 1)) }

// leftBehind returns how many marks of each of a number of functions were there before a listing and are there after
// it, and were not seen by it.
func leftBehind(before []uint64, after *watchTable, pass, generation uint32, funcs int) []int64 {
	left := make([]int64, funcs)
	for i, mark := range before {
		if mark == 0 || mark&^timed != after.Slots[i]&^timed || after.Seen[i] == pass {
			continue
		}
		if f := funcOf(mark); f < funcs && generationOf(mark) == generation&0xff { // others are void
			left[f]++
		}
	}
	return left
}

// mapTable maps the table of marks into memory. Reading it by a system call would have the kernel run no probe on a
// return address on this CPU meanwhile. w.listing is held.
func (w *Watch) mapTable() (*watchTable, error) {
	if w.table == nil {
		var err error
		w.table, err = unix.Mmap(w.base.Maps[".bss"].FD(), 0, int(unsafe.Sizeof(watchTable{})), unix.PROT_READ,
			unix.MAP_SHARED)
		if err != nil {
			return nil, fmt.Errorf("mapping the marks: %w", err)
		}
	}
	return (*watchTable)(unsafe.Pointer(&w.table[0])), nil
}

// look is what there was before a listing.
type look struct {
	skipped    []uint64 // exits, before the marks were read
	generation uint32   // how often a stop of the machine had proved that no call is in flight
	pass       uint32
	marks      []uint64
	table      *watchTable
}

// before returns nil if no count is in doubt.
func (w *Watch) before() (*look, error) {
	l := &look{}
	var err error
	if l.skipped, err = skippedRuns(w.exits); err != nil || !w.skips.doubted(l.skipped) {
		return nil, err
	}
	shared, err := w.counts()
	if err != nil {
		return nil, err
	}
	l.generation = shared.Generation
	if l.table, err = w.mapTable(); err != nil {
		return nil, err
	}
	if err := w.holders.Maps[".data.pass"].Lookup(uint32(0), &l.pass); err != nil {
		return nil, fmt.Errorf("reading the number of the listing: %w", err)
	}
	l.marks = slices.Clone(l.table.Slots[:])
	return l, nil
}

// after believes what the listing has shown, unless a stop of the machine has proved more meanwhile.
func (w *Watch) after(l *look) error {
	left := leftBehind(l.marks, l.table, l.pass, l.generation, len(w.funcs))
	shared, err := w.counts()
	if err != nil || shared.Generation != l.generation {
		return err
	}
	stats, err := w.stats()
	if err == nil {
		w.skips.believe(l.skipped, stats, left, l.generation)
	}
	return err
}

// withoutStale lists the tasks, and then believes no more calls to be left on the counts after skipped exits than there
// are marks of which the listing saw no call. What cannot be read for that leaves the doubt as it is, and is no reason
// to have no list. w.listing is held.
func (w *Watch) withoutStale(list func() error) error {
	l, unread := w.before()
	if err := list(); err != nil {
		return err
	}
	if l != nil && unread == nil {
		_ = w.after(l)
	}
	return nil
}
