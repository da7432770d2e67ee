// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"errors"
	"fmt"
	"slices"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// pin has the patch keep a module loaded as long as it is loaded itself. A late reference does not do that: it would
// lead into freed memory once the module is gone. The patch uses a symbol that the module exports; of one that exports
// none it takes a reference on the module when it is loaded, which is in list.c.
func (m *maker) pin(target build.Target) {
	if target.Object == running.VMLinux || m.pins[target.Object] != "" {
		return
	}
	if name := m.exports.Of(target.Object); name != "" {
		m.pins[target.Object] = name
		return
	}
	m.targets[ModuleSymbol(target.Object)] = build.Target{Object: target.Object, Name: "__this_module"}
	if !slices.Contains(m.held, target.Object) {
		m.held = append(m.held, target.Object)
	}
}

// resolveAll finds what the references mean that kbuild cannot resolve by name, in all files.
func (m *maker) resolveAll() error {
	refused := &build.RefusedError{}
	var ours []string // functions that the fix adds
	for _, t := range m.taken {
		ours = append(ours, t.New...)
	}
	for _, t := range m.taken {
		for _, r := range t.References {
			if !r.Local && slices.Contains(ours, r.Name) {
				if why := build.KeptFunction(r.Name); r.Address && !slices.Contains(m.result.Stays, why) {
					m.result.Stays = append(m.result.Stays, why)
				}
				continue
			}
			if err := m.resolve(r, t); err != nil {
				refused.Refusals = append(refused.Refusals, build.Refusal{Symbol: r.Name, Why: err.Error(),
					Remedy: "leave what uses it out of the diff"})
			}
		}
	}
	for _, f := range m.result.Functions { // the patch has the address of each original
		m.pin(build.Target{Object: f.Object})
	}
	if len(refused.Refusals) > 0 {
		return refused
	}
	return nil
}

// resolve finds what one reference means, unless the kernel's loader finds the right thing by its name.
func (m *maker) resolve(r build.Reference, t taken) error {
	implied := t.implied(r.Name)
	if by, has := m.exports[r.Name]; !r.Local && has {
		if implied != nil && by.Module != t.code.Object {
			return fmt.Errorf("is %s's own, and %s exports another of that name", t.code.Object, by.Module)
		}
		if by.Namespace != "" {
			m.namespaces[by.Namespace] = true
		}
		return nil
	}
	target, err := m.target(r, implied, t.code)
	if err == nil {
		m.pin(*target)
	}
	if before, has := m.targets[r.Symbol]; err == nil && has && before != *target {
		err = fmt.Errorf("means %v in one file and %v in another", before, *target)
	}
	if err == nil {
		m.targets[r.Symbol] = *target
	}
	return err
}

// implied returns where a symbol of the file's own kernel or module must be, because code that is proved to be the
// source's has it there; nil if no such code uses it.
func (t taken) implied(name string) *running.Implied {
	for _, match := range t.proof.Matches {
		for i := range match.Implied {
			if in := &match.Implied[i]; in.Name == name && !in.Other {
				return in
			}
		}
	}
	return nil
}

// target returns the symbol that a reference means, see running.Code.Meant. It is looked for in the file's own object,
// and then in the kernel itself.
func (m *maker) target(r build.Reference, implied *running.Implied, code *running.Code) (*build.Target, error) {
	name := r.Name
	var known []uint64
	switch {
	case implied != nil && implied.Listed == "":
		return nil, fmt.Errorf("is not in the symbol table of %s", code.Object)
	case implied != nil:
		name, known = implied.Listed, []uint64{implied.Addr}
	case r.Local:
		return nil, fmt.Errorf("is used by no function that is proved to be the code of %s, so that its address is not "+
			"known", code.Object)
	}
	for _, c := range slices.Compact([]*running.Code{code, m.kernel}) {
		meant, err := c.Meant(name, known)
		if errors.Is(err, running.ErrNoSymbol) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("is not known by its name: %w", err)
		}
		if r.Address && c.Sealed(meant[0]) {
			return nil, errors.New("is a function whose address the fix takes and the kernel never does: the kernel has made " +
				"it unfit to be called through a pointer")
		}
		position, err := c.Position(name, meant[0])
		return &build.Target{Object: c.Object, Name: name, Position: position}, err
	}
	return nil, fmt.Errorf("is no symbol of %s that other files can refer to, nor exported to every module", code.Object)
}
