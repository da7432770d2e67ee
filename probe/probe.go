// SPDX-License-Identifier: GPL-2.0-only

// Package probe counts the calls in flight of kernel functions with eBPF, and lists the tasks that are
// inside them. It needs root and the kernel's BTF, but not the kernel module. Close every Watch: its probes
// cost each call something until then.
package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"spotos/internal/kernelbtf"
	"spotos/internal/safego"
)

// MaxFuncs is how many functions one watch can hold.
const MaxFuncs = 256

// The kernel module's header, from which the type is generated, has the same number.
var _ [MaxFuncs]int64 = watchSpotosShared{}.Inflight

// Range is text that makes a task a holder of the function.
type Range struct {
	Start, End uint64
	Site       bool // the call site: on the stack also while only a trampoline runs
}

// Func is a function to watch. Its ranges are its body and, where a patch is applied, its replacement.
type Func struct {
	Name     string
	AttachTo string // the name by which the kernel finds it; "": Name
	Ranges   []Range
	// Uncounted says why its calls cannot be counted by probes, "" if they can. The tasks that sleep in it are counted
	// from their stacks then, whenever the holders are listed.
	Uncounted string
}

// Options are the options of Attach.
type Options struct {
	ByProgram bool // count also who calls: see Programs. It makes each call dearer
	// Report hears what is done, in a few words, from any goroutine and until Attach returns. It may be nil.
	Report func(step string)
}

func (o Options) report(step string) {
	if o.Report != nil {
		o.Report(step)
	}
}

func (f *Func) target() string { return cmp.Or(f.AttachTo, f.Name) }

// Watch counts the calls of a set of functions. Any goroutine may call its methods, Close last.
type Watch struct {
	funcs   []Func
	opts    Options
	base    *ebpf.Collection // owns the shared maps
	own     []*ebpf.Collection
	links   []link.Link
	holders *ebpf.Collection
	returns *ebpf.Collection // for the probes on return addresses; nil until one is needed
	iter    *link.Iter
	ring    *ring
	entries []*ebpf.Program // of each function
	exits   []*ebpf.Program
	skips   *skips
	// onStacks is the number of calls of each function in the last listing, of those without probes.
	onStacks []atomic.Int64
	mu       sync.Mutex // own, links, entries, exits while attaching

	listing    sync.Mutex       // one listing at a time; also guards the fields below
	sites      map[uint64]*site // probes on return addresses
	refused    map[uint64]bool  // return addresses on which the kernel takes no probe
	unsettled  map[int32]uint32 // tasks whose stack has not been seen yet, and the CPU of each
	redirected bool             // all returns are probed, not only those of early calls
	unprobed   error            // why an early call cannot be counted
	table      []byte           // the marks in this process's memory; nil until they are needed
	tenants    tenants
	hidden     uint32 // calls on the stacks of the last listing that are not counted, as their sites are hidden
}

// Attach starts counting. A function that takes no probes becomes Uncounted, and does not keep the others from being
// counted. It can take a quarter of a second a function, and ends soon when ctx does. After an error, which may be that
// of ctx, nothing stays attached.
func Attach(ctx context.Context, funcs []Func, opts Options) (*Watch, error) {
	if len(funcs) == 0 || len(funcs) > MaxFuncs {
		return nil, fmt.Errorf("watching %d functions: from 1 to %d can be watched at a time", len(funcs), MaxFuncs)
	}
	if err := rlimit.RemoveMemlock(); err != nil {
		return nil, fmt.Errorf("raising the limit of locked memory: %w", err)
	}
	w := &Watch{funcs: slices.Clone(funcs), opts: opts, sites: map[uint64]*site{},
		refused: map[uint64]bool{}, unsettled: map[int32]uint32{},
		entries: make([]*ebpf.Program, len(funcs)), exits: make([]*ebpf.Program, len(funcs)),
		skips: newSkips(len(funcs)), onStacks: make([]atomic.Int64, len(funcs)), tenants: newTenants()}
	if err := w.begin(ctx); err != nil {
		opts.report("detaching the probes")
		w.Close()
		return nil, err
	}
	return w, nil
}

// begin loads and attaches everything.
func (w *Watch) begin(ctx context.Context) error {
	w.opts.report("reading the kernel's types (BTF)")
	if err := w.loadMaps(); err != nil {
		return err
	}
	w.opts.report("attaching probes")
	if err := w.loadAll(ctx); err != nil {
		return err
	}
	w.opts.report("looking who is inside already")
	return w.settle(ctx)
}

// loadAll loads the programs of the functions and the list of holders, side by side. The list is loaded once more if a
// function took no probes.
func (w *Watch) loadAll(ctx context.Context) error {
	counted := w.counted()
	var err error
	listed := safego.Start("prober", func() { err = w.loadHolders(counted) })
	given := w.attachAll(ctx)
	<-listed
	if given != nil {
		return given
	}
	if now := w.counted(); err == nil && !slices.Equal(counted, now) {
		err = errors.Join(w.closeHolders(), w.loadHolders(now))
	}
	return err
}

// counted says of each function whether probes count it.
func (w *Watch) counted() []bool {
	all := make([]bool, len(w.funcs))
	for i := range all {
		all[i] = w.funcs[i].Uncounted == ""
	}
	return all
}

// loadMaps creates the maps that all programs share, and the programs that are attached to no function.
func (w *Watch) loadMaps() error {
	spec, err := watchSpec()
	if err != nil {
		return err
	}
	for _, name := range append([]string{returnName}, pairNames...) {
		delete(spec.Programs, name)
	}
	if err := spec.Variables["func_count"].Set(uint32(len(w.funcs))); err != nil {
		return err
	}
	sizeTable(spec, w.opts.ByProgram)
	if w.opts.ByProgram {
		if err := attendAll(spec); err != nil {
			return err
		}
	}
	w.base, err = kernelbtf.NewCollection(spec, nil)
	if err != nil {
		return fmt.Errorf("making the maps of the counts: %w", err)
	}
	dying, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: "sched_process_exit",
		Program: w.base.Programs["task_dies"]})
	if err != nil {
		return fmt.Errorf("attaching to the end of tasks: %w", err)
	}
	w.links = append(w.links, dying)
	w.ring, err = openRing(w.base.Maps["ring"])
	return err
}

// RingFD returns the ring buffer that is woken when all counts reach zero while the gate is open.
func (w *Watch) RingFD() int { return w.base.Maps["ring"].FD() }

// SharedFD returns the array with the counts and the gate.
func (w *Watch) SharedFD() int { return w.base.Maps[".data.shared"].FD() }

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
	errs = append(errs, w.closeHolders())
	if w.ring != nil {
		errs = append(errs, w.ring.close())
	}
	if w.returns != nil {
		w.returns.Close()
	}
	if w.table != nil {
		errs = append(errs, unix.Munmap(w.table))
	}
	if w.base != nil {
		w.base.Close()
	}
	return errors.Join(errs...)
}
