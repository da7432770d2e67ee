// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"fmt"
	"strings"
)

// Locate finds a function whose calls are to be counted by its name alone. The error says what stands in the way, and
// what to watch instead. owners has the module's dry run, if the module is there.
func (k *Kernel) Locate(name string, owners Owners) (Function, error) {
	symbols, err := k.lists.named()
	if err != nil {
		return Function{}, fmt.Errorf("%w: %s", err, needSymbols)
	}
	if symbols.Hidden() {
		return Function{}, fmt.Errorf("%w: %s", ErrHidden, ShowAddresses)
	}
	var objects []string
	functions := symbols.Functions(name)
	for _, s := range functions {
		objects = append(objects, s.Object())
	}
	switch {
	case len(objects) > 1:
		return Function{}, fmt.Errorf("%s is found %d times (in %s): a name cannot tell which is meant; watch a caller "+
			"whose name is found once",
			name, len(objects), strings.Join(objects, ", "))
	case len(objects) == 0:
		var copies []string
		for _, s := range symbols.copies(name) {
			copies = append(copies, s.Name)
		}
		if len(copies) > 0 {
			return Function{}, fmt.Errorf("the compiler made %s of %s, with other arguments; watch its callers instead",
				strings.Join(copies, ", "), name)
		}
		return Function{}, fmt.Errorf("this kernel has no function %s; it has another name in this release, is inlined "+
			"into its callers, or its module is not loaded", name)
	}
	f := Function{Name: name, Object: objects[0]}
	k.Vouch(f, owners, "")
	if traceable, err := k.isTraceable(functions[0]); err == nil && !traceable {
		return Function{}, fmt.Errorf("%s cannot be traced: ftrace has no site at its start; watch its callers instead", name)
	}
	return f, nil
}
