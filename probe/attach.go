// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"

	"spotos/internal/kernelbtf"
	"spotos/internal/safego"
)

// pairNames are the programs that are loaded for each function, in the order in which they are attached. The others
// are loaded once.
var pairNames = []string{"count_exit", "count_entry"}

// atOnce is how many functions get their programs at the same time. The kernel attaches one after the other, and a
// thread that waits in it for its turn cannot be called back: few may wait when the attaching is given up.
const atOnce = 16

// attachAll attaches to all functions that take probes, and reports each that is done. The error is that of ctx: what
// is attached by then stays attached.
func (w *Watch) attachAll(ctx context.Context) error {
	var todo []int
	for i, f := range w.funcs {
		if f.Uncounted == "" {
			todo = append(todo, i)
		}
	}
	var workers sync.WaitGroup
	var next, done atomic.Int64
	for range min(atOnce, len(todo)) {
		safego.Go(&workers, "prober", func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(todo) {
					return
				}
				f := &w.funcs[todo[n]]
				if err := w.attach(ctx, todo[n]); err != nil {
					f.Uncounted = err.Error()
				}
				w.opts.report(fmt.Sprintf("attaching probes, %d of %d: %s", done.Add(1), len(todo), f.Name))
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// attach loads and attaches the pair of programs of one function.
func (w *Watch) attach(ctx context.Context, i int) error {
	name := w.funcs[i].Name
	coll, err := w.load(i)
	if err != nil {
		return fmt.Errorf("loading the probes of %s: %w", name, err)
	}
	var links []link.Link
	if err = errors.Join(ctx.Err(), mayAttach(w.funcs[i].target())); err == nil {
		links, err = attachPair(coll)
	}
	if err != nil {
		coll.Close()
		return fmt.Errorf("attaching to %s: %w", name, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.own = append(w.own, coll)
	w.links = append(w.links, links...)
	w.entries[i], w.exits[i] = coll.Programs["count_entry"], coll.Programs["count_exit"]
	for _, l := range links {
		err = errors.Join(err, w.tenants.own(i, l))
	}
	return err
}

// attachPair attaches the exit program and then the entry program: if a redirection is registered, 6.1 loses it when
// the entry program is first.
func attachPair(coll *ebpf.Collection) ([]link.Link, error) {
	var pair []link.Link
	for _, name := range pairNames {
		l, err := link.AttachTracing(link.TracingOptions{Program: coll.Programs[name]})
		if err != nil {
			for _, other := range pair {
				err = errors.Join(err, other.Close())
			}
			return nil, err
		}
		pair = append(pair, l)
	}
	return pair, nil
}

// parsedWatch has the programs and maps of a watch, which are read once: each function needs them.
var parsedWatch = sync.OnceValues(func() (*ebpf.CollectionSpec, error) {
	spec, err := forThisKernel(loadWatch())
	if err == nil {
		withoutZeros(spec)
	}
	return spec, err
})

// withoutZeros forgets the contents of the large table of marks, all zero as a new map is: each copy and each writing
// would be of a megabyte.
func withoutZeros(spec *ebpf.CollectionSpec) {
	const zeros = ".bss"
	spec.Maps[zeros].Contents = nil
	maps.DeleteFunc(spec.Variables, func(_ string, v *ebpf.VariableSpec) bool { return v.SectionName == zeros })
}

// constantsOnly forgets the variables in maps that are there already: the library would map each of them into memory.
func constantsOnly(spec *ebpf.CollectionSpec) {
	maps.DeleteFunc(spec.Variables, func(_ string, v *ebpf.VariableSpec) bool { return v.SectionName != constants })
}

// forThisKernel tells programs which kernel they are to run in.
func forThisKernel(spec *ebpf.CollectionSpec, err error) (*ebpf.CollectionSpec, error) {
	if err != nil {
		return nil, err
	}
	version, err := features.LinuxVersionCode()
	if err != nil {
		return nil, fmt.Errorf("asking for the kernel's version: %w", err)
	}
	return spec, spec.Variables["kernel_version"].Set(version)
}

// watchSpec returns the programs and maps of a watch, to be changed.
func watchSpec() (*ebpf.CollectionSpec, error) {
	spec, err := parsedWatch()
	if err != nil {
		return nil, err
	}
	return spec.Copy(), nil
}

// load loads the programs of one function.
func (w *Watch) load(i int) (*ebpf.Collection, error) {
	spec, err := watchSpec()
	if err != nil {
		return nil, err
	}
	self := watchSelf{Mark: uint64(i) << 48, Inflight: uint64(i) * uint64(unsafe.Sizeof(int64(0))),
		Stats: uint64(i) * uint64(unsafe.Sizeof(watchFuncStats{}))}
	if err := errors.Join(spec.Variables["self"].Set(self),
		spec.Variables["func_count"].Set(uint32(len(w.funcs)))); err != nil {
		return nil, err
	}
	pair := map[string]*ebpf.ProgramSpec{}
	for _, name := range pairNames {
		pair[name] = spec.Programs[name]
	}
	spec.Programs = pair
	sizeTable(spec, w.opts.ByProgram)
	if w.opts.ByProgram {
		if err := errors.Join(refer(spec), spec.Variables["by_program"].Set(uint32(1))); err != nil {
			return nil, err
		}
	}
	for _, p := range pair {
		p.AttachTo = w.funcs[i].target()
	}
	constantsOnly(spec)
	coll, err := kernelbtf.NewCollection(spec, w.shared(spec))
	if errors.Is(err, ebpf.ErrNotSupported) {
		err = fmt.Errorf("%w: the kernel needs BTF of the function (CONFIG_DEBUG_INFO_BTF)", err)
	}
	return coll, err
}

// constants is the map of what is set before a program is loaded. Each program has its own.
const constants = ".rodata"

// shared returns the maps that spec shares with the other programs.
func (w *Watch) shared(spec *ebpf.CollectionSpec) map[string]*ebpf.Map {
	there := map[string]*ebpf.Map{}
	for name := range spec.Maps {
		if m := w.base.Maps[name]; m != nil && name != constants {
			there[name] = m
		}
	}
	return there
}
