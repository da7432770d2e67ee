// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cilium/ebpf/link"

	"spotos/internal/kernelbtf"
)

// As in bpf/watch.h.
const (
	maxRanges     = 1024
	textSite      = 1
	textUncounted = 2
)

// Holder is a task with a frame of a watched function on its stack.
type Holder struct {
	PID, TGID   int
	Comm        string
	State       uint32 // the kernel's task state bits
	Kthread     bool
	IOWorker    bool     // works for io_uring, in the kernel for good
	Func        int      // index of the innermost watched function
	Frames      int      // of watched functions
	BeforeWatch int      // of these, begun before the watch
	Switches    uint64   // how often it was switched out; unchanged: it has not run
	Stack       []uint64 // innermost first
}

const (
	pfIOWorker = 0x00000010
	pfKthread  = 0x00200000
)

// loadHolders loads the list of holders. counted says of each function whether probes count it.
func (w *Watch) loadHolders(counted []bool) error {
	spec, err := forThisKernel(loadHolders())
	if err != nil {
		return err
	}
	var ranges []holdersTextRange
	for i := range w.funcs { // not by value: whether they are counted is being written meanwhile
		for _, r := range w.funcs[i].Ranges {
			t := holdersTextRange{Start: r.Start, End: r.End, Func: uint32(i)}
			switch {
			case !counted[i]:
				t.Kind = textUncounted
			case r.Site:
				t.Kind = textSite
			}
			ranges = append(ranges, t)
		}
	}
	if len(ranges) > maxRanges {
		return fmt.Errorf("watching %d pieces of text: at most %d", len(ranges), maxRanges)
	}
	slices.SortFunc(ranges, func(a, b holdersTextRange) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	var all [maxRanges]holdersTextRange
	copy(all[:], ranges)
	if err := spec.Variables["ranges"].Set(&all); err != nil {
		return err
	}
	highest := uint64(0)
	for _, r := range ranges {
		highest = max(highest, r.End)
	}
	if err := errors.Join(spec.Variables["range_count"].Set(uint32(len(ranges))),
		spec.Variables["lowest"].Set(ranges[0].Start), spec.Variables["highest"].Set(highest)); err != nil {
		return err
	}
	constantsOnly(spec)
	w.holders, err = kernelbtf.NewCollection(spec, w.shared(spec))
	if err != nil {
		return fmt.Errorf("loading the list of holders: %w", err)
	}
	w.iter, err = link.AttachIter(link.IterOptions{Program: w.holders.Programs["list_holders"]})
	if err != nil {
		return fmt.Errorf("attaching the list of holders: %w", err)
	}
	return nil
}

func (w *Watch) closeHolders() error {
	var err error
	if w.iter != nil {
		err = w.iter.Close()
	}
	if w.holders != nil {
		w.holders.Close()
	}
	w.iter, w.holders = nil, nil
	return err
}

// Holders lists the tasks inside a watched function that are not running at this moment.
func (w *Watch) Holders() ([]Holder, error) {
	w.listing.Lock()
	defer w.listing.Unlock()
	w.ring.drain()
	list, skipped, err := w.list()
	if err != nil {
		return nil, err
	}
	var out []Holder
	for i := range list {
		if list[i].Func < MaxFuncs {
			out = append(out, list[i].holder())
		}
	}
	return out, w.follow(list, skipped)
}

// list lists the tasks once. It also returns whether entries were skipped since the run before.
func (w *Watch) list() ([]holdersHolder, bool, error) {
	switch rebuilt, err := w.tenants.look(); {
	case err != nil:
		return nil, false, err
	case rebuilt:
		if err := w.probeReturns(); err != nil {
			return nil, false, err
		}
	}
	entries, err := skippedRuns(w.entries)
	if err != nil {
		return nil, false, err
	}
	var list []holdersHolder
	if err := w.withoutStale(func() (err error) { list, err = w.iterate(); return }); err != nil {
		return nil, false, err
	}
	w.countOnStacks(list)
	return list, w.skips.list(entries), nil
}

// iterate runs the iterator.
func (w *Watch) iterate() ([]holdersHolder, error) {
	r, err := w.iter.Open()
	if err != nil {
		return nil, fmt.Errorf("listing the holders: %w", err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("listing the holders: %w", err)
	}
	var out []holdersHolder
	for buf := bytes.NewReader(data); buf.Len() > 0; {
		var h holdersHolder
		if err := binary.Read(buf, binary.NativeEndian, &h); err != nil {
			return nil, fmt.Errorf("reading the holders: %w", err)
		}
		out = append(out, h)
	}
	return out, nil
}

// countOnStacks counts the calls of functions without probes in a listing: their frames. A task that is no further
// than a function's call site is in one call.
func (w *Watch) countOnStacks(list []holdersHolder) {
	for i := range w.funcs {
		f := &w.funcs[i]
		if f.Uncounted == "" {
			continue
		}
		calls := 0
		for j := range list {
			n := 0
			if list[j].Func < MaxFuncs {
				n = f.frames(list[j].stack())
			}
			if n == 0 && int(list[j].Func) == i {
				n = 1
			}
			calls += n
		}
		w.onStacks[i].Store(int64(calls))
	}
}

// stack returns the return addresses, the innermost first.
func (h *holdersHolder) stack() []uint64 { return h.Stack[:min(int(h.Depth), len(h.Stack))] }

func (h *holdersHolder) holder() Holder {
	return Holder{
		PID: int(h.Pid), TGID: int(h.Tgid), Comm: text(h.Comm[:]), State: h.State,
		Kthread: h.Flags&pfKthread != 0, IOWorker: h.Flags&pfIOWorker != 0, Func: int(h.Func), Frames: int(h.Frames),
		BeforeWatch: int(h.Early), Switches: h.Switches, Stack: h.stack(),
	}
}
