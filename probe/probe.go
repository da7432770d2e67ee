// SPDX-License-Identifier: GPL-2.0-only

// Package probe counts the calls in flight of kernel functions with eBPF, and lists the tasks that are
// inside them. It needs root and the kernel's BTF, but not the kernel module. Close every Watch: its probes
// cost each call something until then.
package probe

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"

	"spotos/internal/safego"
)

// MaxFuncs is how many functions one watch can hold.
const MaxFuncs = 64

// The kernel module's header, from which the type is generated, has the same number.
var _ [MaxFuncs]int64 = watchSpotosShared{}.Inflight

// Range is text that makes a task a holder of the function.
type Range struct {
	Start, End uint64
	Site       bool // the call site: on the stack also while only a trampoline runs
}

// Func is a function to watch. Its ranges are its body and, where a patch is applied, its replacement.
type Func struct {
	Name   string
	Ranges []Range
}

// Watch counts the calls of a set of functions. Any goroutine may call its methods, Close last.
type Watch struct {
	funcs   []Func
	base    *ebpf.Collection // owns the shared maps
	own     []*ebpf.Collection
	links   []link.Link
	holders *ebpf.Collection
	iter    *link.Iter
	ring    *ring
	entries []*ebpf.Program // of each function
	exits   []*ebpf.Program
	skips   skips
	mu      sync.Mutex // own, links, entries, exits while attaching

	listing    sync.Mutex       // one listing at a time; also guards the fields below
	sites      map[uint64]*site // probes on return addresses
	unsettled  map[int32]uint32 // tasks whose stack has not been seen yet, and the CPU of each
	redirected bool             // all returns are probed, not only those of early calls
	unprobed   error            // why an early call cannot be counted
}

// Attach starts counting. An error names what cannot be attached; nothing stays attached then.
func Attach(funcs []Func) (*Watch, error) {
	if len(funcs) == 0 || len(funcs) > MaxFuncs {
		return nil, fmt.Errorf("watching %d functions: from 1 to %d can be watched at a time", len(funcs), MaxFuncs)
	}
	if err := rlimit.RemoveMemlock(); err != nil {
		return nil, fmt.Errorf("raising the limit of locked memory: %w", err)
	}
	w := &Watch{funcs: funcs, sites: map[uint64]*site{}, unsettled: map[int32]uint32{},
		entries: make([]*ebpf.Program, len(funcs)), exits: make([]*ebpf.Program, len(funcs))}
	if err := w.loadMaps(); err != nil {
		w.Close()
		return nil, err
	}
	if err := w.attachAll(); err != nil {
		w.Close()
		return nil, err
	}
	if err := w.loadHolders(); err != nil {
		w.Close()
		return nil, err
	}
	if err := w.settle(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// loadMaps creates the maps that all programs share, and the programs that are attached to no function.
func (w *Watch) loadMaps() error {
	spec, err := loadWatch()
	if err != nil {
		return err
	}
	spec.Programs = map[string]*ebpf.ProgramSpec{
		"count_return": spec.Programs["count_return"], "measure": spec.Programs["measure"]}
	if err := spec.Variables["func_count"].Set(uint32(len(w.funcs))); err != nil {
		return err
	}
	w.base, err = ebpf.NewCollection(spec)
	if err != nil {
		return fmt.Errorf("making the maps of the counts: %w", err)
	}
	w.ring, err = openRing(w.base.Maps["ring"])
	return err
}

func (w *Watch) attachAll() error {
	errs := make([]error, len(w.funcs))
	var wg sync.WaitGroup
	for i := range w.funcs {
		safego.Go(&wg, "prober", func() { errs[i] = w.attach(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// attach loads and attaches the pair of programs of one function. The exit program first: if a redirection is
// registered, 6.1 loses it when the entry program is first.
func (w *Watch) attach(i int) error {
	name := w.funcs[i].Name
	spec, err := loadWatch()
	if err != nil {
		return err
	}
	self := watchSelf{Mark: uint64(i) << 48, Inflight: uint64(i) * uint64(unsafe.Sizeof(int64(0))),
		Stats: uint64(i) * uint64(unsafe.Sizeof(watchFuncStats{}))}
	if err := errors.Join(spec.Variables["self"].Set(self),
		spec.Variables["func_count"].Set(uint32(len(w.funcs)))); err != nil {
		return err
	}
	delete(spec.Programs, "count_return")
	delete(spec.Programs, "measure")
	for _, p := range spec.Programs {
		p.AttachTo = name
	}
	coll, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: w.shared(spec)})
	if err != nil {
		if errors.Is(err, ebpf.ErrNotSupported) {
			err = fmt.Errorf("%w: the kernel needs BTF of the function (CONFIG_DEBUG_INFO_BTF)", err)
		}
		return fmt.Errorf("loading the probes of %s: %w", name, err)
	}
	w.mu.Lock()
	w.own = append(w.own, coll)
	w.entries[i], w.exits[i] = coll.Programs["count_entry"], coll.Programs["count_exit"]
	w.mu.Unlock()
	for _, prog := range []string{"count_exit", "count_entry"} {
		l, err := link.AttachTracing(link.TracingOptions{Program: coll.Programs[prog]})
		if err != nil {
			return fmt.Errorf("attaching to %s: %w", name, err)
		}
		w.mu.Lock()
		w.links = append(w.links, l)
		w.mu.Unlock()
	}
	return nil
}

// shared returns the maps that spec shares with the other programs.
func (w *Watch) shared(spec *ebpf.CollectionSpec) map[string]*ebpf.Map {
	maps := map[string]*ebpf.Map{}
	for name := range spec.Maps {
		if m := w.base.Maps[name]; m != nil && name != ".rodata" { // constants are each program's own
			maps[name] = m
		}
	}
	return maps
}

// RingFD returns the ring buffer that is woken when all counts reach zero while the gate is open.
func (w *Watch) RingFD() int { return w.base.Maps["ring"].FD() }

// SharedFD returns the array with the counts and the gate.
func (w *Watch) SharedFD() int { return w.base.Maps[".data.shared"].FD() }

// Sample is one function's figures at a moment.
type Sample struct {
	InFlight int64  // calls in flight
	Early    int64  // of these, begun before the watch
	Calls    uint64 // counted entries
	Missed   uint64 // entries that could not be counted
	Lost     uint64 // exits that were not seen; their calls were found and taken off later
	Skipped  uint64 // exits that the kernel skipped: InFlight may be too high by as many
	Unseen   uint64 // entries that the kernel skipped lately: InFlight may be too low by as many
}

// Sample returns the figures, in the order of the functions. What it reports as Unseen the next one may leave out.
func (w *Watch) Sample() ([]Sample, error) { return w.sample(true) }

func (w *Watch) sample(report bool) ([]Sample, error) {
	var shared watchSpotosShared
	var stats [MaxFuncs]watchFuncStats
	// In this order a task that leaves an early call and calls again in between counts twice, not never.
	if err := w.base.Maps[".data.stats"].Lookup(uint32(0), &stats); err != nil {
		return nil, fmt.Errorf("reading the figures: %w", err)
	}
	skipped, err := skippedRuns(w.exits)
	if err != nil {
		return nil, err
	}
	if err := w.base.Maps[".data.shared"].Lookup(uint32(0), &shared); err != nil {
		return nil, fmt.Errorf("reading the counts: %w", err)
	}
	entries, err := skippedRuns(w.entries) // after the counts, which they may be missing from
	if err != nil {
		return nil, err
	}
	unseen := w.skips.unseen(entries, report)
	left := w.skips.left(skipped, stats[:], shared.Generation)
	out := make([]Sample, len(w.funcs))
	for i := range out {
		s := &stats[i]
		out[i] = Sample{InFlight: shared.Inflight[i] + s.Early, Early: s.Early, Calls: s.Calls, Missed: s.Missed,
			Lost: s.Lost, Skipped: left[i], Unseen: unseen[i]}
	}
	return out, nil
}

// Close detaches every probe.
func (w *Watch) Close() error {
	var errs []error
	errs = append(errs, w.closeSites())
	for _, l := range w.links {
		errs = append(errs, l.Close())
	}
	for _, c := range w.own {
		c.Close()
	}
	if w.iter != nil {
		errs = append(errs, w.iter.Close())
	}
	if w.holders != nil {
		w.holders.Close()
	}
	if w.ring != nil {
		errs = append(errs, w.ring.close())
	}
	if w.base != nil {
		w.base.Close()
	}
	return errors.Join(errs...)
}
