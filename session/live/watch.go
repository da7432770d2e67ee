// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"slices"
	"time"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/probe"
	"spotos/session"
)

// siteLen covers the return address behind a function's call site (at most 4 bytes of endbr64 and 5 of the
// call), and ends before the first one of the body. A redirection makes it the replacement's first byte.
const siteLen = 10

// target is a function as it is asked for: replacement is 0 where it is watched without a patch.
type target struct {
	name, object string
	replacement  uint64
}

// textOf finds what to look for on stacks.
func textOf(syms *patchset.Symbols, t target) (probe.Func, error) {
	f := probe.Func{Name: t.name}
	for _, s := range syms.Addresses(t.name) {
		if t.object != "" && s.Object() != t.object || !s.Text {
			continue
		}
		f.Ranges = append(f.Ranges, ranges(syms, s.Addr)...)
		break
	}
	if len(f.Ranges) == 0 {
		return f, fmt.Errorf("this kernel has no function %s: it has another name in this release, or its module is not loaded", t.name)
	}
	if t.replacement != 0 {
		f.Ranges = append(f.Ranges, ranges(syms, t.replacement)...)
	}
	return f, nil
}

// ranges are the text of the function at an address.
func ranges(syms *patchset.Symbols, addr uint64) []probe.Range {
	return []probe.Range{{Start: addr, End: addr + siteLen, Site: true},
		{Start: addr + siteLen, End: addr + max(siteLen+1, sizeAt(syms, addr))}}
}

// sizeAt is the distance to where another symbol begins, found by looking it up: at most 64 KiB.
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

// attach starts the probes on targets.
func attach(syms *patchset.Symbols, targets []target) (*probe.Watch, error) {
	var funcs []probe.Func
	for _, t := range targets {
		f, err := textOf(syms, t)
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

// seen keeps what one sample needs of those before it.
type seen struct {
	samples int
	zeros   []int
	peak    []int64
	since   map[int]stay
	ahead   forecaster
}

// stay is a holder that has not run since, so that it is in the same call.
type stay struct {
	begin    time.Time
	switches uint64
}

// sample looks at counts, holders and times once. latency is what a stop takes, or 0.
func (s *seen) sample(w *probe.Watch, names []string, syms *patchset.Symbols, now time.Time, latency time.Duration) (session.Sampled, error) {
	holders, err := w.Holders()
	if err != nil {
		return session.Sampled{}, err
	}
	counts, err := w.Sample()
	if err != nil {
		return session.Sampled{}, err
	}
	if s.since == nil {
		s.since, s.zeros, s.peak = map[int]stay{}, make([]int, len(names)), make([]int64, len(names))
	}
	measures, err := w.Measure()
	if err != nil {
		return session.Sampled{}, err
	}
	ev := session.Sampled{Total: len(holders), Holders: s.held(holders, names, syms, now)}
	ev.Windows, ev.Forecast = s.ahead.add(now, measures, latency)
	doubt := w.Doubt()
	s.samples++
	for i, c := range counts {
		f := s.function(i, names[i], c, doubt)
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

// held is the holders for the event, longest first, with how long each has been seen to hold.
func (s *seen) held(holders []probe.Holder, names []string, syms *patchset.Symbols, now time.Time) []session.Holder {
	var out []session.Holder
	present := map[int]bool{}
	for _, h := range holders {
		present[h.PID] = true
		if last, ok := s.since[h.PID]; !ok || last.switches != h.Switches {
			s.since[h.PID] = stay{now, h.Switches}
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

// function is the i-th function's part of the event.
func (s *seen) function(i int, name string, c probe.Sample, doubt string) session.FunctionSample {
	gaps := session.Gaps{Missed: c.Missed, Entries: c.Unseen, Exits: c.Skipped}
	f := session.FunctionSample{Name: name, Count: c.InFlight, Before: c.Early, Calls: c.Calls, Missed: gaps.Total(),
		Doubt: gaps.Doubt(c.InFlight, doubt)}
	s.peak[i] = max(s.peak[i], f.Count)
	if f.Count == 0 {
		s.zeros[i]++
	}
	f.Peak, f.ZeroShare = s.peak[i], s.zeros[i]*100/s.samples
	return f
}

func holderOf(h probe.Holder, names []string, syms *patchset.Symbols, since time.Duration) session.Holder {
	out := session.Holder{PID: h.PID, TGID: h.TGID, Comm: h.Comm, State: stateLetter(h.State), Function: names[h.Func],
		Since: int64(since), Before: h.BeforeWatch > 0, Kthread: h.Kthread}
	for _, addr := range h.Stack {
		out.Stack = append(out.Stack, syms.Format(addr))
	}
	return out
}

// stateLetter is the letter of /proc/PID/stat for the kernel's state bits.
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

// holderFromModule is a holder as the module's check found it.
func holderFromModule(h *kmod.Holder, names []string, syms *patchset.Symbols) session.Holder {
	out := session.Holder{PID: int(h.PID), TGID: int(h.TGID), Comm: h.Comm(), State: string(rune(h.State)),
		Function: "elsewhere in the patch", Kthread: h.Flags&kmod.HolderKthread != 0}
	if int(h.Func) < len(names) {
		out.Function = names[h.Func]
	}
	if h.Flags&kmod.HolderUnreliable != 0 {
		out.Doubt = "the unwinder could not vouch for this stack; it was looked at word by word"
	}
	for _, addr := range h.Stack() {
		out.Stack = append(out.Stack, syms.Format(addr))
	}
	return out
}
