// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// attendProgram is ATTEND_PROGRAM in bpf/measure.h.
const attendProgram = 4

// Process identifies a process that calls a function. One that replaces itself by exec becomes another Process, since
// it runs another program then.
type Process struct {
	PID    int
	Exec   uint32 // how many times it and its ancestors called exec
	UID    uint32 // the real one
	Cgroup uint64 // id of its cgroup v2
}

// ProgramCalls are the calls of one function by one process.
type ProgramCalls struct {
	Process
	Func    int
	Comm    string // of the process at its first call
	File    uint64 // inode of its executable; 0: it has none
	Kthread bool
	Calls   uint64
	Last    time.Duration // when the last one began, CLOCK_MONOTONIC
}

// Aside counts calls that belong to no process in the table.
type Aside struct {
	Calls uint64
	Last  time.Duration // as in ProgramCalls
}

// Programs says who has called the functions since the watch began.
type Programs struct {
	Calls      []ProgramCalls // in no particular order
	Interrupts []Aside        // of each function, calls in interrupts, which interrupt any program
	Others     []Aside        // of each function, calls by processes for which the table had no room
	Now        time.Duration  // CLOCK_MONOTONIC
}

// Programs returns who has called the functions. The watch must have been asked to count by program.
func (w *Watch) Programs() (*Programs, error) {
	table := w.base.Maps["programs"]
	keys, values := make([]watchProgramKey, table.MaxEntries()), make([]watchProgramCalls, table.MaxEntries())
	var at ebpf.MapBatchCursor
	n, err := table.BatchLookup(&at, keys, values, nil)
	if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) { // which says that there are no more
		return nil, fmt.Errorf("reading the calls by program: %w", err)
	}
	var aside [MaxFuncs]watchAside
	if err := w.base.Maps[".data.aside"].Lookup(uint32(0), &aside); err != nil {
		return nil, fmt.Errorf("reading the calls by program: %w", err)
	}
	now, err := monotonic()
	if err != nil {
		return nil, err
	}
	out := &Programs{Now: now}
	for i := range n {
		out.Calls = append(out.Calls, programCalls(&keys[i], &values[i]))
	}
	for i := range w.funcs {
		a := &aside[i]
		out.Interrupts = append(out.Interrupts, Aside{a.Interrupt, time.Duration(a.InterruptLast)})
		out.Others = append(out.Others, Aside{a.Others, time.Duration(a.OthersLast)})
	}
	return out, nil
}

func programCalls(key *watchProgramKey, v *watchProgramCalls) ProgramCalls {
	return ProgramCalls{Process: Process{PID: int(key.Tgid), Exec: key.Exec, UID: key.Uid, Cgroup: key.Cgroup},
		Func: int(key.Func), Comm: text(v.Comm[:]), File: v.File, Kthread: v.Kthread != 0, Calls: v.Calls,
		Last: time.Duration(v.Last)}
}

// text returns a name as the kernel keeps it: up to the first zero.
func text(name []int8) string {
	var out []byte
	for _, c := range name {
		if c == 0 {
			break
		}
		out = append(out, byte(c))
	}
	return string(out)
}

// ForgetProgram makes room in the table: it removes the calls of a function by a process. Call it after that process
// has ended.
func (w *Watch) ForgetProgram(p Process, function int) error {
	key := watchProgramKey{Cgroup: p.Cgroup, Tgid: uint32(p.PID), Exec: p.Exec, Uid: p.UID, Func: uint32(function)}
	if err := w.base.Maps["programs"].Delete(&key); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		return fmt.Errorf("forgetting the calls of a program: %w", err)
	}
	return nil
}

// programRoom is how many entries the table of programs has where it is asked for: one for each process and function.
var programRoom uint32 = 8192

// sizeTable makes the table of programs as small as can be where nobody asked for it. All programs share it.
func sizeTable(spec *ebpf.CollectionSpec, byProgram bool) {
	room := uint32(1)
	if byProgram {
		room = programRoom
	}
	spec.Maps["programs"].MaxEntries = room
}

// attendAll has every entry counted by program.
func attendAll(spec *ebpf.CollectionSpec) error {
	var stats [MaxFuncs]watchFuncStats
	for i := range stats {
		stats[i].Attention = attendProgram
	}
	return spec.Variables["stats"].Set(&stats)
}

// Inside returns how many calls of each function the stack of a holder shows. A holder that is no further than a
// function's call site is in one call.
func (w *Watch) Inside(h *Holder) []int {
	calls := make([]int, len(w.funcs))
	sum := 0
	for i := range w.funcs {
		calls[i] = w.funcs[i].frames(h.Stack)
		sum += calls[i]
	}
	if sum == 0 {
		calls[h.Func] = 1
	}
	return calls
}

// frames returns how many frames of the function are on a stack.
func (f *Func) frames(stack []uint64) int {
	n := 0
	for _, addr := range stack {
		if slices.ContainsFunc(f.Ranges, func(r Range) bool { return !r.Site && r.Start <= addr && addr < r.End }) {
			n++
		}
	}
	return n
}

// monotonic returns the time of CLOCK_MONOTONIC.
func monotonic() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0, fmt.Errorf("reading the clock: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}
