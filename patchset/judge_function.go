// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// judgeFunction says what stands in the way of one function; watch: of its being watched, too.
func judgeFunction(p *Patch, f Function, k *Kernel, owners Owners, watch bool) []Refusal {
	if !k.HasModule(f.Object) {
		return nil // judgeModules has reported it; nothing more can be known
	}
	found := judgeOwner(p, f, k, owners)
	var symbol Symbol
	var dry, shared []Refusal
	ask := func() {
		if len(found) == 0 && !p.Livepatch && owners.DryRun != nil {
			dry = judgeDry(p, f, symbol.Addr, k, owners)
		}
	}
	if symbols, err := k.symbolsOf(f.Object); err == nil {
		var refusal *Refusal
		if symbol, refusal = k.Place(f); refusal != nil {
			return append(found, *refusal)
		}
		found = append(found, judgeCopies(p, f, symbols)...)
		ask() // first: whether it can be traced the module knows without a list
		found = append(found, k.judgePlace(f, symbol, symbols)...)
		shared = judgeShared(f, symbol, symbols)
	} else if k.AddressesErr == nil || errors.Is(k.AddressesErr, ErrHidden) { // else judgeFacts has reported it
		found = append(found, Refusal{Unknown, f.Name, err.Error(), needSymbols})
	} else {
		ask()
	}
	if len(found) == 0 {
		found = dry
	}
	found = append(found, shared...)
	if watch {
		found = append(found, judgeWatch(f, k)...)
	}
	return found
}

// judgeShared names the other functions that are the same text: the compiler makes one of those that are alike. The
// names of one system call are no others.
func judgeShared(f Function, at Symbol, symbols *Symbols) []Refusal {
	call := SystemCall(f.Name)
	others := slices.DeleteFunc(namesIn(f.Object, symbols.At(at.Addr)), func(name string) bool {
		return SystemCall(name) == call
	})
	if len(others) == 0 {
		return nil
	}
	return []Refusal{{Shared, f.Name, fmt.Sprintf("%s and %s are one function in this kernel, so the callers of both get "+
		"the replacement", f.Name, strings.Join(others, ", ")),
		"make sure that it is right for all of them"}}
}

// SystemCall returns a name without what the kernel puts before the name of a system call.
func SystemCall(name string) string {
	for _, before := range []string{"__x64_", "__ia32_", "__se_", "__do_"} {
		if call, ok := strings.CutPrefix(name, before); ok && strings.HasPrefix(call, "sys_") {
			return call
		}
	}
	return name
}

// judgeDry has the module itself judge, since it decides.
func judgeDry(p *Patch, f Function, addr uint64, k *Kernel, owners Owners) []Refusal {
	symbols, err := k.symbolsOf(f.Object)
	copies := err == nil && len(copiesOf(f, symbols)) > 0
	switch err := owners.DryRun(f, addr, p.Module, copies); {
	case errors.Is(err, ErrUnknown):
		return []Refusal{{Unknown, f.Name, err.Error(), "spotos doctor says whether it can be asked"}}
	case err != nil:
		return []Refusal{{NoSwitch, f.Name, err.Error(), "the module spotos says so"}}
	}
	if f.Object == VMLinux && addr != 0 {
		k.lists.sited.Store(addr, true)
	}
	return nil
}

// judgePlace says what stands in the way of switching the function that is there.
func (k *Kernel) judgePlace(f Function, at Symbol, symbols *Symbols) []Refusal {
	names := append(symbols.At(at.Addr), at)
	traceable, err := k.isTraceable(at)
	switch {
	case f.Object == VMLinux && slices.ContainsFunc(names, func(s Symbol) bool { return unpatchable[s.Name] }):
		return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is part of how the machine is stopped, how it idles or how "+
			"tasks end, so it cannot be switched by stopping the machine", f.Name),
			"patch its callers instead"}}
	case symbols.isInit(at):
		return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is __init: it ran when the machine booted, and its memory "+
			"has been freed since", f.Name),
			"nothing calls it any more, so nothing needs to be patched"}}
	case err != nil && k.traceableErr == nil: // else judgeFtrace has reported it
		return []Refusal{{Unknown, f.Name, fmt.Sprintf("reading which functions can be traced: %v", err), needTracing}}
	case err == nil && !traceable:
		return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s cannot be traced: ftrace has no site at its start", f.Name),
			"it is marked notrace or built without ftrace; patch its callers instead"}}
	}
	return nil
}

// Place returns where a function is. It refuses one that is found nowhere, and one that is found more than once and
// comes without its position, and any if the symbols cannot be read.
func (k *Kernel) Place(f Function) (Symbol, *Refusal) {
	symbols, err := k.symbolsOf(f.Object)
	if err != nil {
		return Symbol{}, &Refusal{Unknown, f.Name, err.Error(), needSymbols}
	}
	here := symbols.in(f.Object, f.Name)
	switch {
	case f.Position > len(here) && len(here) > 0:
		return Symbol{}, &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is found %s in %s: there is no number %d",
			f.Name, Times(len(here)), f.Object, f.Position),
			"correct its position in SPOTOS_FUNC_AT(): grep -w " + f.Name + " /proc/kallsyms"}
	case len(here) > 1 && f.Position == 0:
		return Symbol{}, &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is found %d times in %s: a name cannot tell which is "+
			"meant", f.Name, len(here), f.Object),
			"say which with SPOTOS_FUNC_AT(), or patch a caller whose name is found once"}
	case len(here) > 0:
		return here[max(f.Position, 1)-1], nil
	}
	if symbols, err = k.Symbols(); err != nil {
		return Symbol{}, &Refusal{Unknown, f.Name, err.Error(), needSymbols}
	}
	var elsewhere []string
	for _, s := range symbols.Functions(f.Name) {
		elsewhere = append(elsewhere, s.Object())
	}
	if len(elsewhere) > 0 {
		return Symbol{}, &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is not in %s but in %s", f.Name, f.Object,
			strings.Join(elsewhere, ", ")),
			"correct the object in SPOTOS_FUNC()"}
	}
	if copies := copiesOf(f, symbols); len(copies) > 0 {
		return Symbol{}, &Refusal{NoSwitch, f.Name, fmt.Sprintf("the compiler made %s of %s, with other arguments",
			strings.Join(copies, ", "), f.Name),
			"patch its callers instead"}
	}
	return Symbol{}, &Refusal{NoSwitch, f.Name, fmt.Sprintf("this kernel has no function %s", f.Name),
		"it has another name in this release, or is inlined into its callers: patch those"}
}

// judgeCopies reports calls that would not pass the function's own start.
func judgeCopies(p *Patch, f Function, symbols *Symbols) []Refusal {
	copies := slices.DeleteFunc(copiesOf(f, symbols), func(name string) bool {
		return slices.ContainsFunc(p.Functions, func(other Function) bool { return other.Name == name })
	})
	if len(copies) == 0 {
		return nil
	}
	return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is partly inlined: some calls go to %s and would still run the "+
		"old code", f.Name, strings.Join(copies, ", ")),
		"patch the callers too, or list these as well"}}
}

// copiesOf returns the copies of a function that the compiler made for some of its callers.
func copiesOf(f Function, symbols *Symbols) []string {
	return namesIn(f.Object, symbols.copies(f.Name))
}

// namesIn returns the names of the symbols that are in an object, each once.
func namesIn(object string, list []Symbol) []string {
	var names []string
	for _, s := range list {
		if s.Object() == object && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// judgeOwner names the patch that replaces the function now: ftrace lets only one redirect it.
func judgeOwner(p *Patch, f Function, k *Kernel, owners Owners) []Refusal {
	site := f.Site()
	if owner := k.livepatches[site]; owner != "" && owner != p.Module {
		return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is owned by livepatch module %s", f.Name, owner),
			fmt.Sprintf("take that back first: echo 0 > /sys/kernel/livepatch/%s/enabled", owner)}}
	}
	if owner := owners.By[site]; owner != "" && ModuleName(owner) != p.Module {
		return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is owned by patch %s", f.Name, owner),
			fmt.Sprintf("revert that first: spotos revert %s", owner)}}
	}
	return nil
}

// judgeWatch says why the function's calls cannot be counted by probes. That it cannot be traced is reported already.
func judgeWatch(f Function, k *Kernel) []Refusal {
	if k.btfErr(VMLinux) != nil {
		return nil // judgeFacts has reported it
	}
	if _, why := k.probeName(f); why != "" {
		return []Refusal{{NoWatch, f.Name, why,
			"the tasks asleep in it are counted from their stacks instead"}}
	}
	return nil
}
