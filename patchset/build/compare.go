// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"cmp"
	"debug/elf"
	"slices"
)

// State is what a patch does to a function or variable.
type State int

// The states of a Change.
const (
	Same State = iota
	Changed
	New
	Gone
)

func (s State) String() string { return [...]string{"same", "changed", "new", "gone"}[s] }

// Change is a function or variable of one of two objects, and how they differ in it.
type Change struct {
	Name     string
	Function bool
	State    State
}

// Compare returns the functions and variables of two objects by name, functions first. A function's unlikely part
// counts as part of the function, and a line number is no difference where the kernel's tables hold it. Strings,
// constants without a name and what a macro makes at each use count as part of the functions that use them.
// objtoolLater says that the objects have not been through objtool.
func Compare(original, patched *Object, objtoolLater bool) []Change {
	d := compare(takeApart(original, objtoolLater), takeApart(patched, objtoolLater))
	var changes []Change
	list := func(p *part, state State) {
		if !p.byContent() && p.symbol != nil && p.parent() == "" {
			changes = append(changes, Change{p.name, p.role == code, state})
		}
	}
	for _, p := range d.original.parts {
		if d.pairs.patched[p] == nil {
			list(p, Gone)
		}
	}
	for _, p := range d.patched.parts {
		list(p, d.state(p))
	}
	slices.SortFunc(changes, func(a, b Change) int {
		if a.Function != b.Function {
			if a.Function {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.State, b.State))
	})
	return changes
}

// difference is two objects compared.
type difference struct {
	original, patched *layout
	pairs             *pairs
	changed           map[*part]bool // patched parts whose original differs
}

func compare(original, patched *layout) *difference {
	d := &difference{original: original, patched: patched, pairs: match(original, patched),
		changed: make(map[*part]bool)}
	for _, p := range patched.parts {
		if of := d.pairs.original[p]; of != nil && differ(of, p) {
			d.changed[p] = true
		}
	}
	// Who reads a constant that changed must read the new one.
	for _, p := range patched.parts {
		if d.pairs.original[p] != nil && p.role == code &&
			slices.ContainsFunc(p.allRefs(), func(r ref) bool { return r.to != nil && d.changedConstant(r.to) }) {
			d.changed[p] = true
		}
	}
	for _, p := range patched.parts {
		if parent := patched.function(p.parent()); parent != nil && (d.changed[p] || d.pairs.original[p] == nil) {
			d.changed[parent] = d.pairs.original[parent] != nil
		}
	}
	return d
}

// rebuild has functions count as changed that are the same.
func (d *difference) rebuild(names []string) error {
	var missing []Refusal
	for _, name := range names {
		if p := d.patched.function(name); p != nil && d.pairs.original[p] != nil {
			d.changed[p] = true
			continue
		}
		missing = append(missing, Refusal{name, "is no function of the compiled file: the compiler has put it into those " +
			"that call it, or made copies of it", "name one that calls it"})
	}
	return Refused(missing)
}

// differ reports whether a part and its original are not the same.
func differ(original, patched *part) bool {
	return original.role != patched.role || original.entry != patched.entry ||
		original.canonical(0) != patched.canonical(1)
}

func (d *difference) changedConstant(p *part) bool {
	return p.role == constant && d.changed[p] && d.pairs.original[p].role == constant
}

// state returns what the patch does to a part of the patched object.
func (d *difference) state(p *part) State {
	switch {
	case d.pairs.original[p] == nil:
		return New
	case d.changed[p]:
		return Changed
	}
	return Same
}

// function returns a function by its name, nil if there is none.
func (l *layout) function(name string) *part {
	if name == "" {
		return nil
	}
	for _, p := range l.parts {
		if p.role == code && p.symbol != nil && p.name == name && p.symbol.Type() == elf.STT_FUNC {
			return p
		}
	}
	return nil
}
