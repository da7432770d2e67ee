// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"spotos/internal/kernelbtf"
)

// Calls from before the watch never pass its exit probes, since they return straight to their caller. They are
// found on the stacks of sleeping tasks, and each is counted once its return address has a probe. These probes are
// removed when no such call can be left.

// Redirect prepares for a redirection that is about to be put on the functions, or taken off. Calls that are inside
// at that moment will return without passing the exit probes, so all return addresses get probes until Close.
func (w *Watch) Redirect() error {
	w.listing.Lock()
	defer w.listing.Unlock()
	if err := w.probeReturns(); err != nil {
		return err
	}
	list, skipped, err := w.list()
	if err != nil {
		return err
	}
	return w.follow(list, skipped)
}

// probeReturns has all return addresses probed from the next listing on.
func (w *Watch) probeReturns() error {
	w.redirected = true
	return w.base.Variables["redirected"].Set(uint32(1))
}

// settlePasses bounds how often Attach looks for tasks that ran whenever it looked.
const settlePasses = 64

// site is the probe on a return address.
type site struct{ fd int }

// settle looks at every task's stack once while the task does not run, and counts the calls that it finds.
// Tasks that ran at each look stay in w.unsettled.
func (w *Watch) settle(ctx context.Context) error {
	w.listing.Lock()
	defer w.listing.Unlock()
	list, skipped, err := w.list()
	if err != nil {
		return err
	}
	for _, h := range list {
		if h.Func >= MaxFuncs && int(h.Tgid) != os.Getpid() {
			w.unsettled[h.Pid] = h.Cpu
		}
	}
	asleep := 0 // looks in turn at which all that are left slept
	for range settlePasses {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sites := len(w.sites)
		if err := w.follow(list, skipped); err != nil {
			return err
		}
		if asleep++; !w.leftAsleep(list) {
			asleep = 0
		}
		// A hook hides the stack of a task that is left and sleeps: that does not change soon.
		if len(w.sites) == sites && (len(w.unsettled) == 0 || asleep > 1) {
			return nil
		}
		if list, skipped, err = w.listElsewhere(); err != nil {
			return err
		}
	}
	return nil
}

// leftAsleep reports whether all tasks sleep whose stack has not been seen yet.
func (w *Watch) leftAsleep(list []holdersHolder) bool {
	return !slices.ContainsFunc(list, func(h holdersHolder) bool {
		_, left := w.unsettled[h.Pid]
		return left && h.Func >= MaxFuncs && h.State == 0
	})
}

// listElsewhere lists from the CPU of a task that always ran, so that it cannot run there now.
func (w *Watch) listElsewhere() ([]holdersHolder, bool, error) {
	for _, cpu := range w.unsettled {
		var all, one unix.CPUSet
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.SchedGetaffinity(0, &all); err != nil {
			return nil, false, fmt.Errorf("reading this thread's CPUs: %w", err)
		}
		one.Set(int(cpu))
		if unix.SchedSetaffinity(0, &one) != nil {
			break // not a CPU of ours
		}
		defer unix.SchedSetaffinity(0, &all)
		break
	}
	return w.list()
}

// follow updates w.unsettled and the sites from a listing. If entries were skipped shortly before it, a task that ran
// may be inside such a call.
func (w *Watch) follow(list []holdersHolder, skipped bool) error {
	running := map[int32]uint32{}
	early := false
	w.hidden = 0
	for _, h := range list {
		if h.Func >= MaxFuncs {
			running[h.Pid] = h.Cpu
			if skipped && int(h.Tgid) != os.Getpid() {
				w.unsettled[h.Pid] = h.Cpu
			}
			continue
		}
		early = early || h.Early > 0
		w.hidden += h.Hidden
		for i, addr := range h.Site {
			if addr == 0 || w.sites[addr] != nil || w.refused[addr] || i >= int(h.Early) && !w.redirected {
				continue
			}
			if err := w.probeSite(addr); err != nil {
				w.unprobed = err
				w.refused[addr] = true // not again at each listing: the kernel's log has a line for each
			}
		}
	}
	for pid := range w.unsettled {
		if cpu, still := running[pid]; still {
			w.unsettled[pid] = cpu
		} else {
			delete(w.unsettled, pid)
		}
	}
	if w.redirected || early || len(w.unsettled) > 0 {
		return nil
	}
	counts, err := w.sample(false)
	if err != nil {
		return err
	}
	for _, c := range counts {
		if c.Early != 0 { // a call of a task that ran when the others were listed
			return nil
		}
	}
	return w.closeSites()
}

// returnName is the program that runs at return addresses.
const returnName = "count_return"

// atReturns returns the program that runs at return addresses. It is loaded when it is first needed: mostly it is not.
func (w *Watch) atReturns() (*ebpf.Program, error) {
	if w.returns == nil {
		spec, err := watchSpec()
		if err != nil {
			return nil, err
		}
		spec.Programs = map[string]*ebpf.ProgramSpec{returnName: spec.Programs[returnName]}
		if err := spec.Variables["func_count"].Set(uint32(len(w.funcs))); err != nil {
			return nil, err
		}
		sizeTable(spec, w.opts.ByProgram)
		constantsOnly(spec)
		if w.returns, err = kernelbtf.NewCollection(spec, w.shared(spec)); err != nil {
			return nil, err
		}
	}
	return w.returns.Programs[returnName], nil
}

// probeSite puts count_return on an address.
func (w *Watch) probeSite(addr uint64) error {
	prog, err := w.atReturns()
	if err != nil {
		return fmt.Errorf("loading the probe of return addresses: %w", err)
	}
	fd, err := kprobeAt(addr, prog)
	if err != nil {
		return fmt.Errorf("probing the return address %#x: %w", addr, err)
	}
	if err := w.holders.Maps["sites"].Put(addr, uint32(1)); err != nil {
		unix.Close(fd)
		return fmt.Errorf("probing the return address %#x: %w", addr, err)
	}
	w.sites[addr] = &site{fd}
	return nil
}

// closeSites removes the probes on return addresses.
func (w *Watch) closeSites() error {
	var errs []error
	for addr, s := range w.sites {
		if w.holders != nil {
			errs = append(errs, w.holders.Maps["sites"].Delete(addr))
		}
		errs = append(errs, unix.Close(s.fd))
		delete(w.sites, addr)
	}
	return errors.Join(errs...)
}

// Doubt returns why early calls may be missing from the counts, or why ended ones may be in them, or "".
func (w *Watch) Doubt() string {
	w.listing.Lock()
	defer w.listing.Unlock()
	if err := w.zeroed(); err != nil {
		return err.Error()
	}
	on, err := os.ReadFile("/proc/sys/kernel/ftrace_enabled")
	switch {
	case err == nil && strings.TrimSpace(string(on)) == "0":
		return "nothing is counted while ftrace is switched off: sysctl kernel.ftrace_enabled=1"
	case w.unprobed != nil:
		return "calls from before the watch are not counted: " + w.unprobed.Error()
	case len(w.tenants.rebuilt) > 0:
		return "another tool's probe came or went while calls were inside: those that ended meanwhile may still be counted"
	case w.hidden > 0:
		return fmt.Sprintf("not all calls from before the watch are counted, %d are missing: another tool's hook (a "+
			"kretprobe, or the function_graph tracer) hides where they return to", w.hidden)
	case len(w.unsettled) > 0:
		return fmt.Sprintf("tasks that ran whenever they were looked at (or were in a kretprobe or function_graph of "+
			"another tool) may be inside uncounted: %d", len(w.unsettled))
	}
	return ""
}

// zeroed forgets about the functions whose trampoline was made again once their count is zero.
func (w *Watch) zeroed() error {
	if len(w.tenants.rebuilt) == 0 {
		return nil
	}
	counts, err := w.sample(false)
	if err != nil {
		return err
	}
	for i := range w.tenants.rebuilt {
		if counts[i].InFlight == 0 {
			delete(w.tenants.rebuilt, i)
		}
	}
	return nil
}
