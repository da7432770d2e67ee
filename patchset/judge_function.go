// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"fmt"
	"slices"
	"strings"
)

// judgeFunction says what stands in the way of one function.
func judgeFunction(p *Patch, f Function, k *Kernel, owners Owners) []Refusal {
	if !k.HasModule(f.Object) {
		return nil // judgeModules has reported it; nothing more can be known
	}
	found := judgeOwner(p, f, k, owners)
	if k.Symbols != nil {
		if refusal := judgeFound(f, k.Symbols); refusal != nil {
			return append(found, *refusal)
		}
		found = append(found, judgeClones(p, f, k.Symbols)...)
	}
	if k.traceableErr == nil && !k.isTraceable(f.Object, f.Name) {
		found = append(found, Refusal{NoSwitch, f.Name,
			fmt.Sprintf("%s cannot be traced: ftrace has no site at its start", f.Name),
			"it is marked notrace or built without ftrace; patch its callers instead"})
	}
	return append(found, judgeWatch(f, k)...)
}

// judgeFound demands that the function's name is found exactly once, and in the right object.
func judgeFound(f Function, symbols *Symbols) *Refusal {
	var here, elsewhere []string
	inKernel := false
	for _, s := range symbols.Addresses(f.Name) {
		if !s.Text {
			continue
		}
		if s.Object() == f.Object {
			here = append(here, s.Object())
			continue
		}
		elsewhere = append(elsewhere, s.Object())
		inKernel = inKernel || s.Module == ""
	}
	switch {
	case len(here) > 1:
		return &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is found %d times in %s: a name cannot tell which is meant",
			f.Name, len(here), f.Object),
			"patch a caller whose name is found once"}
	case len(here) == 1 && inKernel:
		return &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is found in %s, and in the kernel itself too: a name cannot "+
			"tell which is meant", f.Name, f.Object),
			"patch a caller whose name is found once"}
	case len(here) == 1:
		return nil
	case len(elsewhere) > 0:
		return &Refusal{NoSwitch, f.Name, fmt.Sprintf("%s is not in %s but in %s", f.Name, f.Object,
			strings.Join(elsewhere, ", ")),
			"correct the object in SPOTOS_FUNC()"}
	}
	if clones := clonesOf(f, symbols); len(clones) > 0 {
		return &Refusal{NoSwitch, f.Name, fmt.Sprintf("the compiler made %s of %s, with other arguments",
			strings.Join(clones, ", "), f.Name),
			"patch its callers instead"}
	}
	return &Refusal{NoSwitch, f.Name, fmt.Sprintf("this kernel has no function %s", f.Name),
		"it has another name in this release, or is inlined into its callers: patch those"}
}

// judgeClones reports calls that would not pass the function's own start.
func judgeClones(p *Patch, f Function, symbols *Symbols) []Refusal {
	clones := slices.DeleteFunc(clonesOf(f, symbols), func(clone string) bool {
		return slices.ContainsFunc(p.Functions, func(other Function) bool { return other.Name == clone })
	})
	if len(clones) == 0 {
		return nil
	}
	return []Refusal{{NoSwitch, f.Name, fmt.Sprintf("%s is partly inlined: some calls go to %s and would still run the "+
		"old code", f.Name, strings.Join(clones, ", ")),
		"patch the callers too, or list these as well"}}
}

// clonesOf returns the copies of a function that the compiler made for some of its callers. A ".cold" part is no copy:
// the function itself jumps to it.
func clonesOf(f Function, symbols *Symbols) []string {
	var clones []string
	isClone := func(name string) bool {
		rest, ok := strings.CutPrefix(name, f.Name+".")
		return ok && !strings.HasSuffix(rest, ".cold") &&
			(strings.HasPrefix(rest, "isra.") || strings.HasPrefix(rest, "constprop.") || strings.HasPrefix(rest, "part."))
	}
	for _, s := range symbols.match(isClone) {
		if s.Text && s.Object() == f.Object && !slices.Contains(clones, s.Name) {
			clones = append(clones, s.Name)
		}
	}
	return clones
}

// judgeOwner names the patch that replaces the function now: ftrace lets only one redirect it.
func judgeOwner(p *Patch, f Function, k *Kernel, owners Owners) []Refusal {
	site := Site{f.Object, f.Name}
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
