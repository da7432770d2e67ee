// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"spotos/internal/kernelbtf"
)

// preemptPlace is PREEMPT_PLACE in bpf/program.h.
const preemptPlace = 0x5b07050000000001

// pseudoBTF is the source register that marks an instruction's constant as the id of one of the kernel's variables:
// BPF_PSEUDO_BTF_ID.
const pseudoBTF = asm.R3

// refer has the programs of spec read where the CPU is: in an interrupt, or in a task.
func refer(spec *ebpf.CollectionSpec) error {
	id, offset, err := preemptCount()
	if err != nil {
		return fmt.Errorf("counting by program needs to know which calls come in interrupts: %w", err)
	}
	for _, p := range spec.Programs {
		for i := range p.Instructions {
			in := &p.Instructions[i]
			if in.OpCode.IsDWordLoad() && in.Constant == preemptPlace {
				in.Src, in.Constant = pseudoBTF, int64(id)
			}
		}
	}
	return spec.Variables["preempt_offset"].Set(offset)
}

// preemptCount returns the id of the variable of each CPU that holds its preempt count, and the offset in it. It is a
// variable of its own, but from 6.2 to 6.14 a member of pcpu_hot.
func preemptCount() (id btf.TypeID, offset uint32, err error) {
	kernel, err := kernelbtf.Types("vmlinux")
	if err != nil {
		return 0, 0, err
	}
	err = kernelbtf.Unfold(func() error {
		id, offset, err = preemptCountIn(kernel)
		return err
	})
	return id, offset, err
}

// preemptCountIn is preemptCount in these types.
func preemptCountIn(kernel *btf.Spec) (btf.TypeID, uint32, error) {
	var v *btf.Var
	offset := btf.Bits(0)
	if err := kernel.TypeByName("__preempt_count", &v); errors.Is(err, btf.ErrNotFound) {
		var hot *btf.Struct
		err = errors.Join(kernel.TypeByName("pcpu_hot", &v), kernel.TypeByName("pcpu_hot", &hot))
		if err != nil {
			return 0, 0, fmt.Errorf("the kernel's BTF has neither __preempt_count nor pcpu_hot: %w", err)
		}
		var ok bool
		if offset, ok = memberAt(hot.Members, "preempt_count"); !ok {
			return 0, 0, errors.New("the kernel's pcpu_hot has no preempt_count")
		}
	} else if err != nil {
		return 0, 0, err
	}
	id, err := kernel.TypeID(v)
	return id, offset.Bytes(), err
}

// memberAt returns where a member is, also in structures and unions without a name.
func memberAt(members []btf.Member, name string) (btf.Bits, bool) {
	for _, m := range members {
		if m.Name == name {
			return m.Offset, true
		}
		var inner []btf.Member
		switch t := m.Type.(type) {
		case *btf.Struct:
			inner = t.Members
		case *btf.Union:
			inner = t.Members
		}
		if m.Name != "" {
			continue
		}
		if at, ok := memberAt(inner, name); ok {
			return m.Offset + at, true
		}
	}
	return 0, false
}
