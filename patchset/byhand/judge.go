// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"fmt"
	"slices"
	"strings"

	"spotos/patchset"
	"spotos/patchset/running"
)

// missing refuses a name that none of the objects has, and says what there is instead.
func (f *finder) missing(name string, objects []string) error {
	in := strings.Join(objects, " or ")
	if f.boots(name, objects) {
		return one(name, fmt.Sprintf("is __init or __initdata of %s: it is used while that starts, and its memory is freed "+
			"then", in), "leave out what uses it, or copy its source into the patch")
	}
	var copies []string
	for _, object := range objects {
		for _, s := range f.codes[object].Symbols() {
			if s.Text() && patchset.IsCopy(s.Name, name) && !slices.Contains(copies, s.Name) {
				copies = append(copies, s.Name)
			}
		}
	}
	if len(copies) > 0 {
		return one(name, "has only copies that the compiler made of it, with other arguments: "+strings.Join(copies, ", "),
			"copy the function's source into the patch")
	}
	return one(name, fmt.Sprintf("is neither exported nor a symbol of %s: it is misspelled, has another name in this "+
		"release, was inlined into its callers or left out by the compiler, or is in another module", in), fmt.Sprintf(
		"correct the name; copy its source into the patch; or name its module with SPOTOS_SYMBOL(MODULE, %s)", name))
}

// boots reports whether there is a symbol of that name that is gone once its object has started.
func (f *finder) boots(name string, objects []string) bool {
	return slices.ContainsFunc(objects, func(object string) bool {
		return slices.ContainsFunc(f.codes[object].Named(name), func(s running.Symbol) bool {
			return s.Init || f.codes[object].Freed(s.Addr)
		})
	})
}

// judge refuses a symbol that must not be used as the patch uses it.
func (f *finder) judge(name string, c candidate) error {
	switch {
	case f.calls[name] && !c.Text():
		return one(name, "is data of "+c.code.Object+", and the patch calls it", "declare it as what it is, or say with "+
			"SPOTOS_SYMBOL() which symbol is meant")
	case f.addresses[name] && c.Text() && c.code.Sealed(c.Addr):
		return one(name, "is a function whose address the patch takes and the kernel never does: the kernel has made it "+
			"unfit to be called through a pointer", "hand on a function of the patch's own that calls it")
	case c.code.Entry(c.Addr):
		return one(name, "is entry code of the kernel, which only the CPU and entry code itself may call",
			"leave out what uses it")
	}
	for _, fn := range f.patch.Functions {
		if fn.Name != name || fn.Object != c.code.Object || !f.reaches(fn.Replacement, name) {
			continue
		}
		if slices.ContainsFunc(f.meaning(fn), func(s running.Symbol) bool { return s.Addr == c.Addr }) {
			return itself(fn)
		}
	}
	return nil
}

// itself refuses that a replacement calls what it replaces, by itself or by other functions of the patch.
func itself(fn patchset.Function) error {
	return one(fn.Name, fmt.Sprintf("is called by %s, its own replacement: while the patch is applied, that call comes "+
		"back to the replacement, until the stack is full", fn.Replacement), "call "+fn.Replacement+" where it is to "+
		"call itself, or copy the rest of the original")
}
