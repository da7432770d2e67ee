// SPDX-License-Identifier: GPL-2.0-only

package lookup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/running"
)

// Function is a function that a patch can replace.
type Function struct {
	Name     string
	Object   string // vmlinux or a module
	Position int    // among those of its name in its object, from 1; 0: it is the only one
	Type     *btf.FuncProto
	Doubt    string   // why the type may be another function's, or ""
	Shared   []string // other functions that are the same code in this kernel
}

// Has reports whether the kernel itself has a function of a name.
func (k *Kernel) Has(name string) bool {
	return slices.ContainsFunc(k.objects[running.VMLinux].code.Named(name), running.Symbol.Text)
}

// FindAll finds the functions that a person names: NAME for one of the kernel itself, MODULE:NAME for one of a module,
// with ",2" behind it for the second of its name there. The error is a *build.RefusedError with all that cannot be
// patched.
func (k *Kernel) FindAll(names []string) ([]*Function, error) {
	var found []*Function
	refused := &build.RefusedError{}
	for _, name := range names {
		f, err := k.find(name)
		var no *build.RefusedError
		switch {
		case errors.As(err, &no):
			refused.Refusals = append(refused.Refusals, no.Refusals...)
		case err != nil:
			return nil, err
		case slices.ContainsFunc(found, func(other *Function) bool { return other.same(f) }):
			refused.Refusals = append(refused.Refusals, build.Refusal{Symbol: f.Name, Why: "is named twice",
				Remedy: "name each function once"})
		default:
			found = append(found, f)
		}
	}
	if len(refused.Refusals) > 0 {
		return nil, refused
	}
	return found, nil
}

func (f *Function) same(other *Function) bool {
	return f.Name == other.Name && f.Object == other.Object && f.Position == other.Position
}

// refuse makes the error for one function.
func refuse(name, do, why string, args ...any) error {
	return &build.RefusedError{Refusals: []build.Refusal{{Symbol: name, Why: fmt.Sprintf(why, args...), Remedy: do}}}
}

func (k *Kernel) find(given string) (*Function, error) {
	name, in := given, running.VMLinux
	if module, rest, has := strings.Cut(given, ":"); has {
		name, in = rest, patchset.ModuleName(module)
	}
	name, position, ok := patchset.SplitName(name)
	if !ok {
		return nil, refuse(given, "write the position among those of its name behind it, from 1: NAME,2",
			"has no number as its position")
	}
	o, err := k.object(in)
	if err != nil {
		return nil, err
	}
	f := &Function{Name: name, Object: in, Position: position}
	at, err := o.place(f)
	if err != nil {
		return nil, err
	}
	if err := o.judge(f, at); err != nil {
		return nil, err
	}
	f.Shared = o.shared(f.Name, at.Addr)
	return f, k.describe(o, f, at)
}

const callers = "patch its callers instead"

// place returns the symbol of a function. Of several of one name the position says which is meant.
func (o *object) place(f *Function) (running.Symbol, error) {
	var here []running.Symbol
	for _, s := range o.code.Named(f.Name) {
		if s.Text() && !s.Init {
			here = append(here, s)
		}
	}
	switch {
	case len(here) == 0:
		return running.Symbol{}, o.missing(f)
	case f.Position > len(here):
		return running.Symbol{}, refuse(f.Name, "correct its position", "is found %s in %s: there is no number %d",
			patchset.Times(len(here)), f.Object, f.Position)
	case len(here) > 1 && f.Position == 0:
		return running.Symbol{}, refuse(f.Name, fmt.Sprintf("say which by its position in the order of /proc/kallsyms, "+
			"as in %s,2, or patch a caller whose name is found once", f.Name),
			"is found %d times in %s: a name cannot tell which is meant", len(here), f.Object)
	case len(here) == 1:
		f.Position = 0
	}
	return here[max(f.Position, 1)-1], nil
}

// missing refuses a function that is found nowhere, and says what there is instead.
func (o *object) missing(f *Function) error {
	if copies := o.copies(f.Name); len(copies) > 0 {
		return refuse(f.Name, callers, "has only copies that the compiler made of it, with other arguments: %s",
			strings.Join(copies, ", "))
	}
	if len(o.code.Named(f.Name)) > 0 {
		return refuse(f.Name, "name a function", "is in %s, and is no function that outlasts the boot", f.Object)
	}
	if call := "__x64_" + f.Name; strings.HasPrefix(f.Name, "sys_") && len(o.code.Named(call)) > 0 {
		return refuse(f.Name, "name that", "is called %s here", call)
	}
	if f.Object == running.VMLinux {
		return refuse(f.Name, fmt.Sprintf("patch those, or name the module as MODULE:%s (grep -w %s "+
			"/proc/kallsyms says which, where it is loaded)", f.Name, f.Name), "is no function of the kernel itself: "+
			"it has another name in this release, is inlined into its callers, or is in a module")
	}
	return refuse(f.Name, "patch those", "is no function of module %s: it has another name in this release, or is "+
		"inlined into its callers", f.Object)
}

// copies returns the names of the copies of a function that the compiler made for some of its callers.
func (o *object) copies(name string) []string {
	var names []string
	for _, s := range o.code.Symbols() {
		if s.Text() && strings.HasPrefix(s.Name, name) && patchset.IsCopy(s.Name, name) && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}
