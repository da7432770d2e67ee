// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/probe"
	"spotos/session"
)

// siteLen is the length of the call site at the start of a function: at most 4 bytes of endbr64 and 5 of the call, and
// one for the return address behind them. It ends before the first return address of the body. A redirection changes
// the return address on the stack to the replacement's first byte.
const siteLen = 10

// target is a function to watch. replacement is the address of its replacement, 0 if it has none.
type target struct {
	patchset.Function
	replacement uint64
}

// textOf returns the address ranges of a target, which identify its frames on stacks, and how its calls are counted.
func textOf(k *patchset.Kernel, syms *patchset.Symbols, t target) (probe.Func, error) {
	f := probe.Func{Name: t.Name}
	f.AttachTo, f.Uncounted = k.ProbeName(t.Function)
	for _, s := range syms.Addresses(t.Name) {
		if t.Object != "" && s.Object() != t.Object || !s.Text {
			continue
		}
		f.Ranges = append(f.Ranges, ranges(syms, s.Addr)...)
		break
	}
	if len(f.Ranges) == 0 {
		return f, fmt.Errorf("this kernel has no function %s: "+
			"it has another name in this release, or its module is not loaded", t.Name)
	}
	if t.replacement != 0 {
		f.Ranges = append(f.Ranges, ranges(syms, t.replacement)...)
	}
	return f, nil
}

// ranges returns the ranges of the function at an address: its call site and its body.
func ranges(syms *patchset.Symbols, addr uint64) []probe.Range {
	return []probe.Range{{Start: addr, End: addr + siteLen, Site: true},
		{Start: addr + siteLen, End: addr + max(siteLen+1, sizeAt(syms, addr))}}
}

// sizeAt returns the distance in bytes to the next symbol, at most 64 KiB. It bisects, since symbols can only be looked
// up by address.
func sizeAt(syms *patchset.Symbols, addr uint64) uint64 {
	name, _, _ := syms.Lookup(addr)
	lo, hi := uint64(1), uint64(1<<16)
	for lo < hi {
		mid := (lo + hi) / 2
		n, off, ok := syms.Lookup(addr + mid)
		if ok && n == name && off == mid {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// attach attaches probes to the targets, those that take none excepted.
func attach(k *patchset.Kernel, syms *patchset.Symbols, targets []target) (*probe.Watch, error) {
	var funcs []probe.Func
	for _, t := range targets {
		f, err := textOf(k, syms, t)
		if err != nil {
			return nil, err
		}
		funcs = append(funcs, f)
	}
	w, err := probe.Attach(funcs)
	if err != nil {
		return nil, fmt.Errorf("%w (spotos doctor says what is missing here)", err)
	}
	return w, nil
}

// history keeps what a sample needs from the earlier samples.
type history struct {
	samples int
	zeros   []int            // per function, the samples with a count of zero
	peak    []int64          // per function, the highest count
	since   map[int]sighting // by thread
	ahead   forecaster
	doubtOf func(i int) string // why the count of the i-th function may be wrong, beyond what the probes know
}

// sighting is when a holder was first seen in its present call. A thread that has not run since, by its count of
// switches, is in the same call.
type sighting struct {
	begin    time.Time
	switches uint64
}

// sample reads holders, counts and times once, in this order. latency is the time that stopping all CPUs takes, 0 if it
// is unknown. The event lacks its head and the state.
func (s *history) sample(w *probe.Watch, names []string, syms *patchset.Symbols, now time.Time,
	latency time.Duration) (session.Sampled, error) {
	holders, err := w.Holders()
	if err != nil {
		return session.Sampled{}, err
	}
	counts, err := w.Sample()
	if err != nil {
		return session.Sampled{}, err
	}
	if s.since == nil {
		s.since, s.zeros, s.peak = map[int]sighting{}, make([]int, len(names)), make([]int64, len(names))
	}
	measures, err := w.Measure()
	if err != nil {
		return session.Sampled{}, err
	}
	ev := session.Sampled{Total: len(holders), Holders: s.holders(holders, names, syms, now)}
	ev.Windows, ev.Forecast = s.ahead.add(now, measures, latency)
	doubt := w.Doubt()
	s.samples++
	for i, c := range counts {
		f := s.function(i, names[i], c, cmp.Or(doubt, s.doubtOf(i)))
		t := &measures.Residence[i]
		f.Timed, f.P50, f.P99 = t.Count, t.Quantile(.5), t.Quantile(.99)
		for _, h := range ev.Holders {
			if h.Function == f.Name {
				f.LongestNow = max(f.LongestNow, time.Duration(h.Since))
			}
		}
		ev.InFlight += f.Count
		ev.Functions = append(ev.Functions, f)
	}
	return ev, nil
}

// holders returns the holders for the event, the longest inside first, each with how long it has been seen inside.
func (s *history) holders(list []probe.Holder, names []string, syms *patchset.Symbols,
	now time.Time) []session.Holder {
	var out []session.Holder
	present := map[int]bool{}
	for _, h := range list {
		present[h.PID] = true
		if last, ok := s.since[h.PID]; !ok || last.switches != h.Switches {
			s.since[h.PID] = sighting{now, h.Switches}
		}
		out = append(out, holderOf(h, names, syms, now.Sub(s.since[h.PID].begin)))
	}
	for pid := range s.since {
		if !present[pid] {
			delete(s.since, pid)
		}
	}
	slices.SortStableFunc(out, func(a, b session.Holder) int { return int(b.Since - a.Since) })
	return out
}

// function returns the part of the event that describes the i-th function.
func (s *history) function(i int, name string, c probe.Sample, doubt string) session.FunctionSample {
	gaps := session.Gaps{Missed: c.Missed, Entries: c.Unseen, Exits: c.Skipped, Uncounted: c.Uncounted}
	f := session.FunctionSample{Name: name, Count: c.InFlight, Before: c.Early, Calls: c.Calls, Missed: gaps.Total(),
		Doubt: gaps.Doubt(c.InFlight, doubt)}
	s.peak[i] = max(s.peak[i], f.Count)
	if f.Count == 0 {
		s.zeros[i]++
	}
	f.Peak, f.ZeroShare = s.peak[i], s.zeros[i]*100/s.samples
	return f
}

// holderOf returns a holder that the probes found, as session has it.
func holderOf(h probe.Holder, names []string, syms *patchset.Symbols, since time.Duration) session.Holder {
	out := session.Holder{PID: h.PID, TGID: h.TGID, Comm: h.Comm, State: stateLetter(h.State), Function: names[h.Func],
		Since: int64(since), Before: h.BeforeWatch > 0, Kthread: h.Kthread}
	for _, addr := range h.Stack {
		out.Stack = append(out.Stack, syms.Format(addr))
	}
	return out
}

// stateLetter returns the letter that /proc/PID/stat shows for the kernel's state bits.
func stateLetter(bits uint32) string {
	const letters = "SDTtXZPI"
	if bits == 0 {
		return "R"
	}
	if bits&0x402 == 0x402 {
		return "I"
	}
	for i := range len(letters) {
		if bits&(1<<i) != 0 {
			return letters[i : i+1]
		}
	}
	return "?"
}

// holderFromModule returns a holder that the module's check found, as session has it.
func holderFromModule(h *kmod.Holder, names []string, syms *patchset.Symbols) session.Holder {
	out := session.Holder{PID: int(h.PID), TGID: int(h.TGID), Comm: h.Comm(), State: string(rune(h.State)),
		Function: "elsewhere in the patch", Kthread: h.Flags&kmod.HolderKthread != 0}
	if int(h.Func) < len(names) {
		out.Function = names[h.Func]
	}
	if h.Flags&kmod.HolderUnreliable != 0 {
		out.Doubt = "the unwinder could not vouch for this stack; it was searched word by word"
	}
	for _, addr := range h.Stack() {
		out.Stack = append(out.Stack, syms.Format(addr))
	}
	return out
}
