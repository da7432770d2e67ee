// SPDX-License-Identifier: GPL-2.0-only

package proof

import (
	"fmt"
	"slices"

	"spotos/patchset"
	"spotos/patchset/running"
)

// shift is how far the running kernel has moved a part of an object from where its file has it, and by which symbol
// that is known.
type shift struct {
	by     uint64
	symbol string
}

// listed looks whether the running kernel's own table has the symbols of a name as the object's file has them: as many,
// in the same order, and each where the others say that it must be. That table is where the loader looks. Where it
// cannot be read, or the module is not loaded, the verdict on the patch says so already.
func (r *repeater) listed(code *running.Code, name string, addr uint64) {
	table, err := r.kernel.Symbols()
	if err != nil || !r.kernel.HasModule(code.Object) {
		return
	}
	here := code.Lasting(name)
	found := slices.DeleteFunc(table.Addresses(name), func(s patchset.Symbol) bool { return s.Object() != code.Object })
	if len(found) != len(here) {
		r.refuse(patchset.NoSwitch, "", fmt.Sprintf("%s is found %s in %s as it runs, and %s in its file", name,
			patchset.Times(len(found)), code.Object, patchset.Times(len(here))), "reboot, and build the patch again")
		return
	}
	if table.Hidden() {
		r.Hidden = true
		return
	}
	i := slices.IndexFunc(here, func(s running.Symbol) bool { return s.Addr == addr })
	moved := found[i].Addr - addr
	want := r.shift(code, table, addr, shift{moved, name})
	if moved != want.by {
		r.refuse(patchset.NoSwitch, "", fmt.Sprintf("the running kernel has %s of %s at %#x, and by its file and %s it must "+
			"be at %#x", name, code.Object, found[i].Addr, want.symbol, addr+want.by), "reboot, and build the patch again")
	}
}

// perCPU is below every address of the kernel's code. Symbols of what each CPU has one of are distances, which the
// kernel's own move does not change.
const perCPU = 0xffffffff80000000

// shift returns how far the part of an object that has an address was moved. The kernel itself is moved as one, by as
// much as the beginning of its code. A module's sections are moved each by itself: the first symbol of one that is
// looked at tells for the others.
func (r *repeater) shift(code *running.Code, table *patchset.Symbols, addr uint64, first shift) shift {
	const begin = "_stext"
	key := code.Object
	if code.Object == running.VMLinux {
		if addr < perCPU {
			return shift{0, "the CPUs' areas"}
		}
		at, now := code.Named(begin), table.Addresses(begin)
		if len(at) == 1 && len(now) > 0 {
			first = shift{now[0].Addr - at[0].Addr, begin}
		}
	} else {
		key += " " + code.SectionOf(addr)
	}
	if _, known := r.shifts[key]; !known {
		r.shifts[key] = first
	}
	return r.shifts[key]
}
