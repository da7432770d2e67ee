// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"fmt"
	"maps"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// The library looks a program's target up among all of the kernel's types, unpacked. So a program that is attached to
// one of the kernel's own functions is loaded here, by the id that the index has of its target.

// attaching is a way of attaching a program: the kernel's number of it, and what stands before the name of its target.
type attaching struct {
	kind   uint32
	prefix string
}

var attachings = map[ebpf.AttachType]attaching{
	ebpf.AttachTraceFEntry: {unix.BPF_TRACE_FENTRY, ""},
	ebpf.AttachTraceFExit:  {unix.BPF_TRACE_FEXIT, ""},
	ebpf.AttachTraceIter:   {unix.BPF_TRACE_ITER, "bpf_iter_"},
}

// newCollection is NewCollection without the types that nobody asks for. It fails where a target is not one function of
// the kernel itself, and where the kernel does not accept a program.
func newCollection(spec *ebpf.CollectionSpec, there map[string]*ebpf.Map) (*ebpf.Collection, error) {
	x, err := own()
	if err != nil {
		return nil, err
	}
	targets := map[string]uint32{}
	rest := *spec
	rest.Programs = maps.Clone(spec.Programs)
	for name, p := range spec.Programs {
		way, known := attachings[p.AttachType]
		if p.Type != ebpf.Tracing || !known || p.AttachTo == "" {
			continue
		}
		ids := x.functions(way.prefix + p.AttachTo)
		if len(ids) != 1 {
			return nil, fmt.Errorf("the kernel has %d functions %s", len(ids), p.AttachTo)
		}
		targets[name] = ids[0]
		delete(rest.Programs, name)
	}
	types, err := TypesFor(spec)
	if err != nil {
		return nil, err
	}
	coll, err := ebpf.NewCollectionWithOptions(&rest, ebpf.CollectionOptions{
		MapReplacements: there, Programs: ebpf.ProgramOptions{KernelTypes: types}})
	if err != nil {
		return nil, err
	}
	for name, target := range targets {
		p, err := load(spec.Programs[name].Copy(), coll.Maps, types, target)
		if err != nil {
			coll.Close()
			return nil, fmt.Errorf("program %s: %w", name, err)
		}
		coll.Programs[name] = p
	}
	return coll, nil
}

// bind puts the maps into the program that it refers to.
func bind(p *ebpf.ProgramSpec, to map[string]*ebpf.Map) error {
	for i := range p.Instructions {
		ins := &p.Instructions[i]
		if !ins.IsLoadFromMap() || ins.Reference() == "" {
			continue
		}
		m := to[ins.Reference()]
		if m == nil {
			return fmt.Errorf("no map %s", ins.Reference())
		}
		if err := ins.AssociateMap(m); err != nil {
			return err
		}
	}
	return nil
}

// load loads a program that is attached to the function with an id.
func load(p *ebpf.ProgramSpec, to map[string]*ebpf.Map, types *btf.Spec, target uint32) (*ebpf.Program, error) {
	if err := bind(p, to); err != nil {
		return nil, err
	}
	var b btf.Builder
	if err := relocate(p, types, &b); err != nil {
		return nil, err
	}
	funcs, lines, err := btf.MarshalExtInfos(p.Instructions, &b)
	if err != nil {
		return nil, err
	}
	var code bytes.Buffer
	if err := p.Instructions.Marshal(&code, p.ByteOrder); err != nil {
		return nil, err
	}
	attr := progLoad{progType: unix.BPF_PROG_TYPE_TRACING, insnCount: uint32(code.Len() / asm.InstructionSize),
		insns: first(code.Bytes()), license: first(append([]byte(p.License), 0)), flags: p.Flags,
		attachType: attachings[p.AttachType].kind, attachID: target,
		funcSize: btf.FuncInfoSize, funcs: first(funcs), funcCount: uint32(len(funcs)) / btf.FuncInfoSize,
		lineSize: btf.LineInfoSize, lines: first(lines), lineCount: uint32(len(lines)) / btf.LineInfoSize}
	copy(attr.name[:len(attr.name)-1], p.Name)
	if !b.Empty() {
		handle, err := btf.NewHandle(&b)
		if err != nil {
			return nil, err
		}
		defer handle.Close() // the program keeps it
		attr.btfFD = uint32(handle.FD())
	}
	fd, err := attr.load()
	if err != nil {
		return nil, err
	}
	return ebpf.NewProgramFromFD(fd)
}

// relocate puts in where the kernel has what the program reads.
func relocate(p *ebpf.ProgramSpec, types *btf.Spec, b *btf.Builder) error {
	var relos []*btf.CORERelocation
	var at []*asm.Instruction
	for i := range p.Instructions {
		if relo := btf.CORERelocationMetadata(&p.Instructions[i]); relo != nil {
			relos, at = append(relos, relo), append(at, &p.Instructions[i])
		}
	}
	fixups, err := btf.CORERelocate(relos, []*btf.Spec{types}, p.ByteOrder, b.Add)
	if err != nil {
		return err
	}
	for i := range fixups {
		if err := fixups[i].Apply(at[i]); err != nil {
			return err
		}
	}
	return nil
}

// progLoad is union bpf_attr for BPF_PROG_LOAD, up to what is used here. The kernel copies what it points to.
type progLoad struct {
	progType, insnCount                  uint32
	insns, license                       unsafe.Pointer
	logLevel, logSize                    uint32
	log                                  unsafe.Pointer
	kernVersion, flags                   uint32
	name                                 [16]byte
	ifindex, attachType, btfFD, funcSize uint32
	funcs                                unsafe.Pointer
	funcCount, lineSize                  uint32
	lines                                unsafe.Pointer
	lineCount, attachID                  uint32
}

// first returns where bytes begin, nil for none.
func first(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Pointer(&b[0])
}

// loadAttempts is how often a load is tried that a signal has interrupted, such as those of Go's scheduler.
const loadAttempts = 10

// load returns the program's file descriptor.
func (a *progLoad) load() (int, error) {
	for attempt := 0; ; attempt++ {
		fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(a)), unsafe.Sizeof(*a))
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EAGAIN && errno != unix.EINTR || attempt == loadAttempts {
			return -1, errno
		}
	}
}
