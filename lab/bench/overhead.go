// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"spotos/internal/kernelbtf"
	"spotos/session"
	"spotos/session/live"
)

//go:generate go tool bpf2go -tags linux -target amd64 -go-package bench -cflags "-O2 -g -Wall -mcpu=v3 -I/usr/include/x86_64-linux-gnu" baseline bpf/baseline.c

const (
	overheadCalls  = 20000
	overheadTrips  = 2000
	overheadRounds = 5
	// sampleEvery is long, so that most rounds contain no sample.
	sampleEvery = 2 * time.Second
)

// pairFunctions lists the functions that each of pair_target's timed round trips calls once.
var pairFunctions = []string{"pair_encode", "pair_decode"}

// overhead measures the cost of the probes for a call and for a TCP round trip. Under icount, where a nanosecond of the
// guest's clock is an instruction, the figures repeat.
func overhead(r *Report) error {
	m, err := live.NewMachine(live.MachineOptions{Patches: "/lib/spotos/patches", Interval: sampleEvery})
	if err != nil {
		return err
	}
	p, err := openPatch("pair") // loads pair_target
	if err != nil {
		return err
	}
	p.op.Close()
	calls := func() (time.Duration, error) {
		if err := tellPair(fmt.Sprintf("time %d", overheadCalls)); err != nil {
			return 0, err
		}
		ns, err := pairFigure("timed_ns")
		return time.Duration(ns) / (overheadCalls * time.Duration(len(pairFunctions))), err
	}
	none, err := least(calls)
	if err != nil {
		return err
	}
	r.row("ns (instructions under icount) a call", "", "above none", "ratio to the empty pair")
	r.row("no probe", none, "", "")
	cost := map[string]time.Duration{}
	for _, probes := range []struct {
		name   string
		attach func() (io.Closer, error)
	}{
		{"empty fentry and fexit", func() (io.Closer, error) { return attachTracing() }},
		{"watched by SPOTOS", func() (io.Closer, error) { return watch(m, pairFunctions, session.OpenOptions{}) }},
		{"watched by program", func() (io.Closer, error) {
			return watch(m, pairFunctions, session.OpenOptions{ByProgram: true})
		}},
		{"kprobe and kretprobe, counting", func() (io.Closer, error) { return attachKprobes() }},
	} {
		c, err := probes.attach()
		if err != nil {
			return err
		}
		with, err := least(calls)
		if err := errors.Join(err, c.Close()); err != nil {
			return err
		}
		cost[probes.name] = with - none
		r.row(probes.name, with, with-none, ratio(with-none, cost["empty fentry and fexit"]))
	}
	after, err := least(calls)
	if err != nil {
		return err
	}
	r.row("no probe any more", after, after-none, "")
	r.Figures["watch_over_empty_pair"] = ratio(cost["watched by SPOTOS"], cost["empty fentry and fexit"])
	r.Figures["by_program_over_watch"] = ratio(cost["watched by program"], cost["watched by SPOTOS"])
	r.Figures["watch_over_kprobe_pair"] = ratio(cost["watched by SPOTOS"], cost["kprobe and kretprobe, counting"])
	r.Figures["off_minus_never_ns"] = float64(after - none)
	return trips(r, m)
}

// trips measures round trips over the loopback.
func trips(r *Report, m *live.Machine) error {
	trip, stop, err := echo()
	if err != nil {
		return err
	}
	defer stop()
	none, err := least(trip)
	if err != nil {
		return err
	}
	w, err := watch(m, []string{"inet_recvmsg"}, session.OpenOptions{})
	if err != nil {
		return err
	}
	// The echoing thread is in a call from before the watch: let it leave, and let a sample notice that.
	for begin := time.Now(); err == nil && time.Since(begin) < 2*sampleEvery; {
		_, err = trip()
	}
	if err != nil {
		return errors.Join(err, w.Close())
	}
	with, err := least(trip)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	r.row("TCP round trip", none, "", "")
	r.row("TCP round trip, inet_recvmsg watched", with, with-none, "")
	r.row("ratio", ratio(with, none), "", "")
	r.Figures["watched_trip_over_unwatched"] = ratio(with, none)
	return nil
}

// least returns the least of several measurements: everything else that the machine does only adds.
func least(measure func() (time.Duration, error)) (time.Duration, error) {
	var best time.Duration
	for range overheadRounds {
		d, err := measure()
		if err != nil {
			return 0, err
		}
		if best == 0 || d < best {
			best = d
		}
	}
	return best, nil
}

// watch attaches the probes as the console does.
func watch(m *live.Machine, functions []string, opts session.OpenOptions) (io.Closer, error) {
	op, err := m.Watch(context.Background(), functions, opts)
	if err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go func() {
		var once sync.Once
		for e := range op.Events() {
			if _, ok := e.(session.Sampled); ok {
				once.Do(func() { close(ready) })
			}
		}
	}()
	<-ready
	return op, nil
}

// links is a set of probes that are detached together.
type links struct {
	all  []link.Link
	coll []*ebpf.Collection
}

func (l *links) Close() error {
	var errs []error
	for _, one := range l.all {
		errs = append(errs, one.Close())
	}
	for _, c := range l.coll {
		c.Close()
	}
	return errors.Join(errs...)
}

func attachTracing() (*links, error) {
	out := &links{}
	for _, f := range pairFunctions {
		spec, err := loadBaseline()
		if err != nil {
			return nil, err
		}
		delete(spec.Programs, "kprobe_entry")
		delete(spec.Programs, "kprobe_exit")
		for _, p := range spec.Programs {
			p.AttachTo = f
		}
		coll, err := kernelbtf.NewCollection(spec, nil)
		if err != nil {
			return nil, err
		}
		out.coll = append(out.coll, coll)
		for _, name := range []string{"empty_exit", "empty_entry"} {
			l, err := link.AttachTracing(link.TracingOptions{Program: coll.Programs[name]})
			if err != nil {
				return nil, err
			}
			out.all = append(out.all, l)
		}
	}
	return out, nil
}

func attachKprobes() (*links, error) {
	spec, err := loadBaseline()
	if err != nil {
		return nil, err
	}
	delete(spec.Programs, "empty_entry")
	delete(spec.Programs, "empty_exit")
	coll, err := kernelbtf.NewCollection(spec, nil)
	if err != nil {
		return nil, err
	}
	out := &links{coll: []*ebpf.Collection{coll}}
	for _, f := range pairFunctions {
		entry, err := link.Kprobe(f, coll.Programs["kprobe_entry"], nil)
		if err != nil {
			return nil, err
		}
		exit, err := link.Kretprobe(f, coll.Programs["kprobe_exit"], nil)
		if err != nil {
			return nil, err
		}
		out.all = append(out.all, entry, exit)
	}
	return out, nil
}
