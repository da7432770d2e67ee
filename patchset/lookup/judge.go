// SPDX-License-Identifier: GPL-2.0-only

package lookup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"spotos/patchset"
	"spotos/patchset/prototype"
	"spotos/patchset/running"
)

// siteOffset is the length of the ENDBR that may stand before a call of ftrace, in bytes.
const siteOffset = 4

// judge refuses a function that cannot be switched, or whose callers would not reach its replacement. patch check
// repeats this where the patch is to run.
func (o *object) judge(f *Function, at running.Symbol) error {
	vmlinux := f.Object == running.VMLinux
	never := func(is func(string) bool) bool {
		return vmlinux && slices.ContainsFunc(o.code.At(at.Addr), func(s running.Symbol) bool { return is(s.Name) })
	}
	switch copies := o.copies(f.Name); {
	case o.code.Freed(at.Addr):
		return refuse(f.Name, "nothing calls it any more, so nothing needs to be patched",
			"is __init: it runs when the machine boots, and its memory is freed then")
	case never(patchset.Unpatchable):
		return refuse(f.Name, callers, "is part of how the machine is stopped, how it idles or how tasks end, so it "+
			"cannot be switched by stopping the machine")
	case never(patchset.NeverReturns):
		return refuse(f.Name, callers, "never returns, so its callers have no code behind the call")
	case !o.traceable(at.Addr):
		return refuse(f.Name, callers, "cannot be traced: ftrace has no site at its start")
	case len(copies) > 0:
		return refuse(f.Name, callers, "is partly inlined: some calls go to %s and would still run the old code",
			strings.Join(copies, ", "))
	}
	return nil
}

// shared returns the other functions at an address: the compiler makes one of those that are alike. The names of one
// system call are no others.
func (o *object) shared(name string, addr uint64) []string {
	var names []string
	for _, s := range o.code.At(addr) {
		if s.Text() && patchset.SystemCall(s.Name) != patchset.SystemCall(name) && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// traceable reports whether ftrace has a site at the start of the function at an address.
func (o *object) traceable(addr uint64) bool {
	if _, found := slices.BinarySearch(o.sites, addr); found {
		return true
	}
	_, found := slices.BinarySearch(o.sites, addr+siteOffset)
	return found && len(o.code.At(addr+siteOffset)) == 0
}

const fromSource = "write its patch by hand from the kernel's source"

// describe sets the type of a function, by BTF, which knows functions by their names alone.
func (k *Kernel) describe(o *object, f *Function, at running.Symbol) error {
	described, err := o.described(f.Name)
	if call, is := strings.CutPrefix(f.Name, "__x64_sys_"); is && err == nil && len(described) == 0 {
		// Of a system call without arguments that is a second name, and BTF has the first.
		first := "__do_sys_" + call
		if slices.ContainsFunc(o.code.At(at.Addr), func(s running.Symbol) bool { return s.Name == first }) {
			described, err = o.described(first)
		}
	}
	if err != nil {
		return err
	}
	switch static := at.Type == 't'; {
	case len(described) == 0:
		return refuse(f.Name, fromSource, "is not described by the BTF of %s", f.Object)
	case slices.ContainsFunc(described, func(t *btf.FuncProto) bool { return !prototype.Same(t, described[0]) }):
		return refuse(f.Name, fromSource, "is described several times in the BTF of %s, each time of another type", f.Object)
	case f.Position > 0 && !k.checked:
		return refuse(f.Name, fromSource, "is found several times in %s, and the BTF of this kernel does not say which of "+
			"them it describes", f.Object)
	case static && !k.checked:
		f.Doubt = "It is static, and BTF describes functions by name: if another file has an inlined function of this " +
			"name, the type may be that one's. Compare it with the source."
	}
	f.Type = described[0]
	return nil
}

// described returns the types of the functions of a name.
func (o *object) described(name string) ([]*btf.FuncProto, error) {
	all, err := o.types.AnyTypesByName(name)
	if err != nil && !errors.Is(err, btf.ErrNotFound) {
		return nil, fmt.Errorf("reading what BTF says of %s: %w", name, err)
	}
	var types []*btf.FuncProto
	for _, t := range all {
		if fn, ok := t.(*btf.Func); ok {
			if proto, ok := fn.Type.(*btf.FuncProto); ok {
				types = append(types, proto)
			}
		}
	}
	return types, nil
}
