// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"fmt"
	"slices"
	"strings"
)

// lateSymbol begins the name of a symbol that the kernel's loader looks up in its table of all symbols; the object, the
// symbol's name and its position follow.
const lateSymbol = ".klp.sym."

// lateModules returns the modules in which the kernel's loader looks symbols up. Without one of them it says no more
// than that an argument is invalid.
func (o *object) lateModules() []string {
	var modules []string
	for _, s := range o.symbols {
		rest, late := strings.CutPrefix(s.Name, lateSymbol)
		object, _, _ := strings.Cut(rest, ".")
		if late && object != "" && object != VMLinux && !slices.Contains(modules, object) {
			modules = append(modules, object)
		}
	}
	slices.Sort(modules)
	return modules
}

// Missing returns the modules that must be loaded before the patch and are not: those that it depends on, those whose
// functions it replaces, and those whose symbols it uses. The error says why it is not known which modules are loaded.
func (p *Patch) Missing(k *Kernel) ([]string, error) {
	if k.modulesErr != nil {
		return nil, fmt.Errorf("which modules are loaded is unknown: %w", k.modulesErr)
	}
	needed := slices.Clone(p.Depends)
	if !p.Livepatch { // livepatch waits for the modules of its functions and symbols
		for _, f := range p.Functions {
			needed = append(needed, f.Object)
		}
		needed = append(needed, p.Uses...)
		for _, entry := range p.BuildIDs { // it was made for one build of these
			name, _, _ := strings.Cut(entry, "=")
			needed = append(needed, name)
		}
	}
	var missing []string
	for _, name := range needed {
		if !k.HasModule(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// Needs is the refusal of a patch for a module that must be loaded before it.
func (p *Patch) Needs(module string) Refusal {
	return Refusal{NoModule, "", fmt.Sprintf("%s needs module %s, which is not loaded", p.Name, module),
		fmt.Sprintf("load it: modprobe %s", module)}
}
