// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// EntriesLimit is about how many entries at an address Entries counts: enough to show that the code runs. Then the
// probe goes, so that calls cost no more than before.
const EntriesLimit = 1000

// Entries counts how often code is entered that is found by its address, such as a patch's replacements. Each address
// has a probe of its own on its first instruction, which is taken off at EntriesLimit. Close takes the others off. Its
// methods may not be called at the same time.
type Entries struct {
	counts *ebpf.Map
	probes []*entryProbe
}

// entryProbe is the probe on one address.
type entryProbe struct {
	prog *ebpf.Program
	fd   int // of the perf event; -1: there is none any more
	last uint64
}

// CountEntries begins to count the entries of code at addrs. It counts all or, with an error, none.
func CountEntries(addrs []uint64) (*Entries, error) {
	counts, err := ebpf.NewMap(&ebpf.MapSpec{Name: "spotos_entries", Type: ebpf.Array, KeySize: 4, ValueSize: 8,
		MaxEntries: uint32(max(1, len(addrs)))})
	if err != nil {
		return nil, fmt.Errorf("making the table of entries: %w", err)
	}
	e := &Entries{counts: counts}
	for i, addr := range addrs {
		p, err := probeEntry(counts, i, addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("probing the entry at %#x: %w", addr, err), e.Close())
		}
		e.probes = append(e.probes, p)
	}
	return e, nil
}

// probeEntry has each entry at addr counted at index i of counts.
func probeEntry(counts *ebpf.Map, i int, addr uint64) (*entryProbe, error) {
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "count_entries", Type: ebpf.Kprobe, License: "GPL",
		Instructions: asm.Instructions{
			asm.StoreImm(asm.RFP, -4, int64(i), asm.Word),
			asm.Mov.Reg(asm.R2, asm.RFP),
			asm.Add.Imm(asm.R2, -4),
			asm.LoadMapPtr(asm.R1, counts.FD()),
			asm.FnMapLookupElem.Call(),
			asm.JEq.Imm(asm.R0, 0, "out"),
			asm.Mov.Imm(asm.R1, 1),
			asm.StoreXAdd(asm.R0, asm.R1, asm.DWord),
			asm.Mov.Imm(asm.R0, 0).WithSymbol("out"),
			asm.Return(),
		}})
	if err != nil {
		return nil, err
	}
	fd, err := kprobeAt(addr, prog)
	if err != nil {
		return nil, errors.Join(err, prog.Close())
	}
	return &entryProbe{prog: prog, fd: fd}, nil
}

// Counts returns how often each address was entered since CountEntries, up to about EntriesLimit, in the order of the
// addresses. An entry while the same CPU is in another probe's program is missed, so the counts may be too low.
func (e *Entries) Counts() ([]uint64, error) {
	out := make([]uint64, len(e.probes))
	for i, p := range e.probes {
		if p.fd >= 0 {
			if err := e.counts.Lookup(uint32(i), &p.last); err != nil {
				return nil, fmt.Errorf("reading the entries: %w", err)
			}
		}
		if p.last >= EntriesLimit {
			if err := p.end(); err != nil {
				return nil, err
			}
		}
		out[i] = p.last
	}
	return out, nil
}

// Close takes the probes off.
func (e *Entries) Close() error {
	var errs []error
	for _, p := range e.probes {
		errs = append(errs, p.end())
	}
	return errors.Join(append(errs, e.counts.Close())...)
}

// end takes the probe off, once.
func (p *entryProbe) end() error {
	if p.fd < 0 {
		return nil
	}
	err := errors.Join(unix.Close(p.fd), p.prog.Close())
	p.fd = -1
	return err
}

// kprobeAt runs prog at each execution of the instruction at addr, until the file that it returns is closed. It goes by
// the address and not by a name, since names of static functions repeat.
func kprobeAt(addr uint64, prog *ebpf.Program) (fd int, err error) {
	text, err := os.ReadFile("/sys/bus/event_source/devices/kprobe/type")
	if err != nil {
		return -1, fmt.Errorf("finding the kernel's kprobes (CONFIG_KPROBE_EVENTS): %w", err)
	}
	kind, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return -1, fmt.Errorf("finding the kernel's kprobes: %w", err)
	}
	attr := unix.PerfEventAttr{Type: uint32(kind), Ext2: addr}
	attr.Size = uint32(unsafe.Sizeof(attr))
	if fd, err = unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC); err != nil {
		return -1, err
	}
	err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, prog.FD())
	if err == nil {
		err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
