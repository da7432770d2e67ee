// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// ProbeName returns the name by which the kernel finds a function to attach fentry and fexit to it. why says why they
// cannot be attached, "" if they can. It judges as the kernel does, which looks a function up by its name alone and
// takes how many arguments it has to preserve from BTF. So a name that leads elsewhere, or has two descriptions, would
// do harm.
func (k *Kernel) ProbeName(f Function) (name, why string) {
	if !k.hasSite(f) {
		return "", fmt.Sprintf("%s cannot be traced: ftrace has no site at its start", f.Name)
	}
	return k.probeName(f)
}

// probeName is ProbeName without a look at whether the function can be traced.
func (k *Kernel) probeName(f Function) (name, why string) {
	if neverReturn[f.Name] {
		return "", f.Name + " never returns, so its calls can be counted in but not out"
	}
	if denied[f.Name] {
		return "", f.Name + " is used by the probes themselves, so the kernel takes none on it"
	}
	for i, alias := range k.aliases(f) {
		fn, err := k.describes(f.Object, alias)
		switch {
		case errors.Is(err, btf.ErrNotFound):
			continue // an alias may have what the name lacks, as SYSCALL_DEFINE0 makes them
		case err != nil:
			return "", fmt.Sprintf("%s cannot be probed: %v", f.Name, err)
		}
		if why = k.namesakes(f.Object, alias); why == "" {
			why = refusedPrototype(fn, k.argumentWords(), k.feature(unionArguments) == "yes")
		}
		if why != "" && i > 0 {
			continue
		}
		return alias, why
	}
	return "", fmt.Sprintf("%s cannot be probed: the BTF of %s does not describe it", f.Name, f.Object)
}

// denied lists what the kernel keeps probes off, as far as its options let it: see btf_id_deny of its verifier.
var denied = map[string]bool{
	"migrate_disable": true, "migrate_enable": true, "rcu_read_unlock_strict": true, "preempt_count_add": true,
	"preempt_count_sub": true, "__rcu_read_lock": true, "__rcu_read_unlock": true,
}

// aliases returns the names of a function, its own first.
func (k *Kernel) aliases(f Function) []string {
	names := []string{f.Name}
	symbols, err := k.symbolsOf(f.Object)
	if err != nil || symbols.Hidden() {
		return names
	}
	own, refusal := k.Place(f)
	if refusal != nil {
		return names
	}
	for _, s := range symbols.At(own.Addr) {
		if s.Object() == f.Object && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// hasSite reports whether ftrace has a site at the start of a function.
func (k *Kernel) hasSite(f Function) bool {
	if _, err := k.symbolsOf(f.Object); err != nil {
		return true // nothing says that it has none
	}
	at, refusal := k.Place(f)
	if refusal != nil {
		return false
	}
	traceable, err := k.isTraceable(at)
	return err != nil || traceable // unless something says that it has none
}

// namesakes says why a name does not lead the kernel to an object's function: the first symbol of that name, of code
// or data, is another one. Some kernels look for a module's function in the kernel and in all modules.
func (k *Kernel) namesakes(object, name string) string {
	symbols, err := k.symbolsOf(object)
	if err != nil {
		return ""
	}
	var here, elsewhere []string
	for _, s := range symbols.Addresses(name) {
		switch {
		case s.Object() == object:
			here = append(here, s.Object())
		case object != VMLinux: // the kernel's own come first
			elsewhere = append(elsewhere, s.Object())
		}
	}
	switch {
	case len(here) > 1:
		return fmt.Sprintf("%s is found %d times in %s, and a probe finds its function by name", name, len(here), object)
	case len(elsewhere) > 0:
		return fmt.Sprintf("%s is found in %s and in %s, and a probe finds its function by name", name, object,
			strings.Join(elsewhere, ", "))
	}
	return ""
}

// argumentWords returns for how many words of arguments the kernel's trampolines have a place.
func (k *Kernel) argumentWords() int {
	if n, err := strconv.Atoi(k.feature(argumentWords)); err == nil {
		return n
	}
	return registerWords
}

const (
	maxArguments    = 12 // of a probed function
	maxArgumentSize = 16
	registerWords   = 6 // of arguments that are passed in registers
)

// refusedPrototype says why the kernel takes no probe on a function of this type, "" if it does. words is how many
// words of arguments it can preserve, unions whether those that are passed by value are passed on.
func refusedPrototype(fn *btf.Func, words int, unions bool) string {
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return fn.Name + " cannot be probed: its BTF has no prototype"
	}
	if _, void := btf.UnderlyingType(proto.Return).(*btf.Void); !void {
		if size, isStruct := argumentSize(proto.Return, unions); size < 0 || isStruct {
			return fn.Name + " cannot be probed: it returns a structure"
		}
	}
	if n := len(proto.Params); n > maxArguments {
		return fmt.Sprintf("%s cannot be probed: it takes %d arguments, and the kernel's probes %d", fn.Name, n, maxArguments)
	}
	used := 0
	for i, p := range proto.Params {
		if _, void := p.Type.(*btf.Void); void && i == len(proto.Params)-1 {
			return fn.Name + " cannot be probed: it takes a variable number of arguments"
		}
		size, _ := argumentSize(p.Type, unions)
		if size <= 0 || size > maxArgumentSize {
			return fmt.Sprintf("%s cannot be probed: its argument %d is passed by value and not in registers", fn.Name, i+1)
		}
		used += (size + 7) / 8
	}
	if used > words {
		return fmt.Sprintf("%s cannot be probed: it takes %d words of arguments, and this kernel's probes %d", fn.Name, used,
			words)
	}
	return ""
}

// argumentSize returns the bytes of an argument, -1 if probes cannot pass its type on.
func argumentSize(t btf.Type, unions bool) (size int, isStruct bool) {
	switch u := btf.UnderlyingType(t).(type) {
	case *btf.Pointer:
		return 8, false
	case *btf.Int:
		return int(u.Size), false
	case *btf.Enum:
		return int(u.Size), false
	case *btf.Struct:
		return int(u.Size), true
	case *btf.Union:
		if unions {
			return int(u.Size), true
		}
	}
	return -1, false
}
