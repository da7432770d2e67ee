// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// target is a function to watch, and its replacement, if it has one.
type target struct {
	patchset.Function
	replacement text
}

// textOf returns the address ranges of a target, which identify its frames on stacks, and how its calls are counted.
func textOf(k *patchset.Kernel, t target) (probe.Func, error) {
	f := probe.Func{Name: t.Name}
	f.AttachTo, f.Uncounted = k.ProbeName(t.Function)
	at, refusal := k.Place(t.Function)
	if refusal != nil {
		return f, errors.New(refusal.String())
	}
	if at.Addr == 0 {
		return f, fmt.Errorf("%w: %s", patchset.ErrHidden, patchset.ShowAddresses)
	}
	f.Ranges = ranges(k, text{addr: at.Addr})
	if t.replacement.addr != 0 {
		f.Ranges = append(f.Ranges, ranges(k, t.replacement)...)
	}
	return f, nil
}

// ranges returns the ranges of a function: its call site and its body.
func ranges(k *patchset.Kernel, t text) []probe.Range {
	if t.size == 0 {
		t.size = sizeAt(k, t.addr)
	}
	return []probe.Range{{Start: t.addr, End: t.addr + siteLen, Site: true},
		{Start: t.addr + siteLen, End: t.addr + max(siteLen+1, t.size)}}
}

// sizeAt returns the distance in bytes to the next symbol, at most 64 KiB. It bisects, since symbols can only be looked
// up by address.
func sizeAt(k *patchset.Kernel, addr uint64) uint64 {
	name, _, _ := k.Lookup(addr)
	lo, hi := uint64(1), uint64(1<<16)
	for lo < hi {
		mid := (lo + hi) / 2
		n, off, ok := k.Lookup(addr + mid)
		if ok && n == name && off == mid {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// attach attaches probes to the targets, those that take none excepted. The error may be that of ctx.
func attach(ctx context.Context, k *patchset.Kernel, targets []target, opts session.OpenOptions) (*probe.Watch, error) {
	switch {
	case errors.Is(k.AddressesErr, patchset.ErrHidden):
		return nil, fmt.Errorf("%w: %s", patchset.ErrHidden, patchset.ShowAddresses)
	case k.AddressesErr != nil:
		return nil, k.AddressesErr
	}
	opts.Step("finding the functions")
	var funcs []probe.Func
	for _, t := range targets {
		f, err := textOf(k, t)
		if err != nil {
			return nil, err
		}
		funcs = append(funcs, f)
	}
	w, err := probe.Attach(ctx, funcs, probe.Options{ByProgram: opts.ByProgram, Report: opts.Step})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w (spotos doctor says what is missing here)", explained(err))
	}
	return w, nil
}

// history keeps what a sample needs from the earlier samples.
type history struct {
	samples int
	zeros   []int   // per function, the samples with a count of zero
	peak    []int64 // per function, the highest count
	seen    *sightings
	all     bool // list all holders
	ahead   forecaster
	callers callers
	tally   *tally             // nil: calls are not counted by program
	last    []probe.Holder     // all holders of the last sample
	doubtOf func(i int) string // why the count of the i-th function may be wrong, beyond what the probes know
}

// sample reads holders, counts and times once, in this order. The event's time is that of the counts; the rest of its
// head and the state are missing.
func (s *history) sample(w *probe.Watch, names []string, k *patchset.Kernel, now time.Time,
	at conditions) (session.Sampled, error) {
	holders, err := w.Holders()
	if err != nil {
		return session.Sampled{}, err
	}
	counts, err := w.Sample()
	if err != nil {
		return session.Sampled{}, err
	}
	head := session.Head{Time: time.Now()} // of the counts: what follows may take a while, and rates go by it
	if s.zeros == nil {
		s.zeros, s.peak = make([]int, len(names)), make([]int64, len(names))
	}
	measures, err := w.Measure()
	if err != nil {
		return session.Sampled{}, err
	}
	programs, err := s.programs(w, now, holders)
	if err != nil {
		return session.Sampled{}, err
	}
	s.last = holders
	s.seen.see(holders, now)
	inside := s.holders(holders, names)
	stacks := stacksOf(holders)
	ev := session.Sampled{Head: head, Total: len(holders), Holders: s.list(inside, stacks, k.Format), Programs: programs,
		Groups: s.groups(inside, stacks, k.Format)}
	at.overdue = overdue(inside, names, measures)
	ev.Windows, ev.Forecast = s.ahead.add(now, measures, at)
	if calls := mostCalled(counts); !at.nudged {
		s.callers.add(now, inside, calls)
		if ev.Forecast.Unknown != "" {
			ev.Forecast.Callers, ev.Forecast.Together = s.callers.together(now, calls, longest(inside))
		}
	}
	doubt := w.Doubt()
	s.samples++
	for i, c := range counts {
		f := s.function(i, names[i], c, cmp.Or(doubt, s.doubtOf(i)))
		t := &measures.Residence[i]
		f.Timed, f.P50, f.P99 = t.Count, t.Quantile(.5), t.Quantile(.99)
		for _, h := range inside {
			if h.Function == f.Name {
				f.LongestNow = max(f.LongestNow, h.Inside())
			}
		}
		ev.InFlight += f.Count
		ev.Functions = append(ev.Functions, f)
	}
	return ev, nil
}

// longest returns how long the first of sorted holders has been inside.
func longest(sorted []session.Holder) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[0].Inside()
}

// mostCalled returns how many calls there were of the function that is called most: of a patch's functions one calls
// another, and those would count twice.
func mostCalled(counts []probe.Sample) uint64 {
	most := uint64(0)
	for _, c := range counts {
		most = max(most, c.Calls)
	}
	return most
}

// holders returns all holders, the longest inside first, without their stacks.
func (s *history) holders(list []probe.Holder, names []string) []session.Holder {
	out := make([]session.Holder, 0, len(list))
	for _, h := range list {
		out = append(out, holderOf(h, names))
	}
	s.seen.age(out)
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

// holderOf returns a holder that the probes found, as session has it, without its stack and age.
func holderOf(h probe.Holder, names []string) session.Holder {
	return session.Holder{PID: h.PID, TGID: h.TGID, Comm: h.Comm, State: stateLetter(h.State),
		Function: names[h.Func], Kthread: h.Kthread}
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
func holderFromModule(h *kmod.Holder, names []string, k *patchset.Kernel) session.Holder {
	out := session.Holder{PID: int(h.PID), TGID: int(h.TGID), Comm: h.Comm(), State: string(rune(h.State)),
		Function: "elsewhere in the patch", Kthread: h.Flags&kmod.HolderKthread != 0}
	if int(h.Func) < len(names) {
		out.Function = names[h.Func]
	}
	if h.Flags&kmod.HolderUnreliable != 0 {
		out.Doubt = "the unwinder could not vouch for this stack; it was searched word by word"
	}
	for _, addr := range h.Stack() {
		out.Stack = append(out.Stack, k.Format(addr))
	}
	return out
}
