// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// errOther says that a collection is none that loadCut can load.
var errOther = errors.New("not to be loaded this way")

// loadCut loads programs and maps as NewCollection does, with no more of the kernel's types than they need. The library
// reads and sorts all of them to find the id of what a program is attached to, so programs are loaded here, and maps by
// the library. After an error nothing stays loaded.
func loadCut(spec *ebpf.CollectionSpec, there map[string]*ebpf.Map) (*ebpf.Collection, error) {
	if spec.Types == nil {
		return nil, errOther
	}
	r, err := kernelRaw()
	if err != nil {
		return nil, err
	}
	targets := map[string]uint32{} // 0: none, as of programs that are attached to no function
	for name, p := range spec.Programs {
		if target := targetName(p); target != "" {
			if targets[name], err = r.function(target); err != nil {
				return nil, err
			}
		}
	}
	types, err := r.cut(spec.Types)
	if err != nil {
		return nil, err
	}
	data := *spec
	data.Programs = nil
	coll, err := ebpf.NewCollectionWithOptions(&data, ebpf.CollectionOptions{MapReplacements: there})
	if err != nil {
		return nil, err
	}
	for name, program := range spec.Programs {
		p, err := loadProgram(program, coll.Maps, types, targets[name])
		if err != nil {
			coll.Close()
			return nil, fmt.Errorf("program %s: %w", name, err)
		}
		coll.Programs[name] = p
	}
	return coll, nil
}

// targetName returns the function whose id the kernel wants to know when a program is loaded, "" for none.
func targetName(p *ebpf.ProgramSpec) string {
	switch {
	case p.Type != ebpf.Tracing:
		return ""
	case p.AttachType == ebpf.AttachTraceIter:
		return "bpf_iter_" + p.AttachTo
	}
	return p.AttachTo
}

// loadProgram loads one program, which is attached to the function of that id.
func loadProgram(p *ebpf.ProgramSpec, there map[string]*ebpf.Map, types *btf.Spec,
	target uint32) (*ebpf.Program, error) {
	if p.AttachTarget != nil || p.Ifindex != 0 {
		return nil, errOther
	}
	code := slices.Clone(p.Instructions)
	for i := range code {
		in := &code[i]
		if !in.IsLoadFromMap() || in.Reference() == "" {
			continue
		}
		m := there[in.Reference()]
		if m == nil {
			return nil, fmt.Errorf("%w: it refers to %s", errOther, in.Reference())
		}
		if err := in.AssociateMap(m); err != nil {
			return nil, err
		}
	}
	var own btf.Builder
	if err := relocate(code, types, &own); err != nil {
		return nil, err
	}
	funcs, err := functionInfo(code, &own)
	if err != nil {
		return nil, err
	}
	handle, err := btf.NewHandle(&own)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	var machine bytes.Buffer
	if err := code.Marshal(&machine, binary.LittleEndian); err != nil {
		return nil, err
	}
	return progLoad(p, machine.Bytes(), funcs, handle.FD(), target)
}

// relocate sets in the code where the kernel has what it reads.
func relocate(code asm.Instructions, types *btf.Spec, own *btf.Builder) error {
	var relocations []*btf.CORERelocation
	var at []*asm.Instruction
	for i := range code {
		if r := btf.CORERelocationMetadata(&code[i]); r != nil {
			relocations, at = append(relocations, r), append(at, &code[i])
		}
	}
	fixes, err := btf.CORERelocate(relocations, []*btf.Spec{types}, binary.LittleEndian, own.Add)
	if err != nil {
		return err
	}
	for i := range fixes {
		if err := fixes[i].Apply(at[i]); err != nil {
			return err
		}
	}
	return nil
}

// functionInfo tells the kernel where each function of a program begins, and its type: it checks a global one for
// itself. Where each line is from it is not told: only the verifier's log shows that, and who wants that log loads the
// program by the library.
func functionInfo(code asm.Instructions, own *btf.Builder) ([]byte, error) {
	var info []byte
	for at := code.Iterate(); at.Next(); {
		if f := btf.FuncMetadata(at.Ins); f != nil {
			id, err := own.Add(f)
			if err != nil {
				return nil, err
			}
			info = append(info, words(uint32(at.Offset), uint32(id))...)
		}
	}
	return info, nil
}

// progAttr is the part of the kernel's union bpf_attr that BPF_PROG_LOAD reads, as far as it is used here.
type progAttr struct {
	kind, codeLen                     uint32
	code, license                     *byte
	logLevel, logSize                 uint32
	log                               *byte
	kernVersion, flags                uint32
	name                              [16]byte
	ifindex, attachType, btf          uint32
	funcInfoSize                      uint32
	funcInfo                          *byte
	funcInfos, lineInfoSize           uint32
	lineInfo                          *byte
	lineInfos, attachID, attachObject uint32
	_                                 uint32
}

// progLoad is the system call.
func progLoad(p *ebpf.ProgramSpec, code, funcs []byte, types int, target uint32) (*ebpf.Program, error) {
	license := append([]byte(p.License), 0)
	attr := progAttr{kind: uint32(p.Type), codeLen: uint32(len(code) / asm.InstructionSize), code: &code[0],
		license: &license[0], flags: p.Flags, attachType: uint32(p.AttachType), attachID: target}
	copy(attr.name[:len(attr.name)-1], p.Name)
	if len(funcs) > 0 {
		attr.btf, attr.funcInfoSize = uint32(types), btf.FuncInfoSize
		attr.funcInfo, attr.funcInfos = &funcs[0], uint32(len(funcs))/btf.FuncInfoSize
	}
	var pin runtime.Pinner // the kernel follows these pointers
	defer pin.Unpin()
	for _, b := range []*byte{attr.code, attr.license, attr.funcInfo} {
		if b != nil {
			pin.Pin(b)
		}
	}
	for range loadAttempts {
		fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
		switch errno {
		case 0:
			return ebpf.NewProgramFromFD(int(fd))
		case unix.EAGAIN: // the verifier gives up for any signal, such as Go's own to preempt
		default:
			return nil, fmt.Errorf("loading: %w", errno)
		}
	}
	return nil, fmt.Errorf("loading: %w", unix.EAGAIN)
}

// loadAttempts bounds how often a load is tried that a signal interrupts.
const loadAttempts = 30
