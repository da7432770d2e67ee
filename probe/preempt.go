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

// The bits of a preempt count that say that a soft interrupt is served, or a hard one or an NMI. Where spinlocks count
// how often they have kept interrupts off, that count stands between the two: see include/linux/preempt.h.
const (
	interruptBits         = 0xff0100
	interruptBitsCounting = 0xff000100
	countingState         = "local_interrupt_disable_state" // the variable that comes with that count
)

// pseudoBTF is the source register that marks an instruction's constant as the id of one of the kernel's variables:
// BPF_PSEUDO_BTF_ID.
const pseudoBTF = asm.R3

// refer has the programs of spec read where the CPU is: in an interrupt, or in a task.
func refer(spec *ebpf.CollectionSpec) error {
	place, err := preemptCount()
	if err != nil {
		return fmt.Errorf("counting by program needs to know which calls come in interrupts: %w", err)
	}
	for _, p := range spec.Programs {
		for i := range p.Instructions {
			in := &p.Instructions[i]
			if in.OpCode.IsDWordLoad() && in.Constant == preemptPlace {
				in.Src, in.Constant = pseudoBTF, int64(place.id)
			}
		}
	}
	return errors.Join(spec.Variables["preempt_offset"].Set(place.offset),
		spec.Variables["interrupt_bits"].Set(place.interrupt))
}

// preemptPart says where a CPU's preempt count is, and how it is to be read.
type preemptPart struct {
	id        btf.TypeID // of the variable that holds it
	offset    uint32     // in that variable
	interrupt uint32     // the bits that are set in an interrupt
}

// preemptCount returns where the running kernel has a CPU's preempt count. It is a variable of its own, but from 6.2 to
// 6.14 a member of pcpu_hot.
func preemptCount() (place preemptPart, err error) {
	kernel, err := kernelbtf.Types("vmlinux")
	if err != nil {
		return preemptPart{}, err
	}
	err = kernelbtf.Unfold(func() error {
		place, err = preemptCountIn(kernel)
		return err
	})
	return place, err
}

// preemptCountIn is preemptCount in these types.
func preemptCountIn(kernel *btf.Spec) (preemptPart, error) {
	var v *btf.Var
	offset := btf.Bits(0)
	if err := kernel.TypeByName("__preempt_count", &v); errors.Is(err, btf.ErrNotFound) {
		var hot *btf.Struct
		err = errors.Join(kernel.TypeByName("pcpu_hot", &v), kernel.TypeByName("pcpu_hot", &hot))
		if err != nil {
			return preemptPart{}, fmt.Errorf("the kernel's BTF has neither __preempt_count nor pcpu_hot: %w", err)
		}
		var ok bool
		if offset, ok = memberAt(hot.Members, "preempt_count"); !ok {
			return preemptPart{}, errors.New("the kernel's pcpu_hot has no preempt_count")
		}
	} else if err != nil {
		return preemptPart{}, err
	}
	place := preemptPart{offset: offset.Bytes(), interrupt: interruptBits}
	var counting *btf.Var
	if err := kernel.TypeByName(countingState, &counting); err == nil {
		place.interrupt = interruptBitsCounting
	} else if !errors.Is(err, btf.ErrNotFound) {
		return preemptPart{}, err
	}
	var err error
	place.id, err = kernel.TypeID(v)
	return place, err
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
