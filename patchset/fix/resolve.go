// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// exported reads which symbols modules may use by their names: those of no namespace.
func exported(symvers string) (map[string]bool, error) {
	text, err := os.ReadFile(symvers)
	if err != nil {
		return nil, fmt.Errorf("reading what the kernel exports: %w", err)
	}
	names := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		// CRC, name, module, kind, namespace
		part := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(part) >= 4 && (len(part) == 4 || part[4] == "") {
			names[part[1]] = true
		}
	}
	return names, nil
}

// resolve finds what the references of an extracted object mean that kbuild cannot resolve by name.
func (m *maker) resolve(x *build.Extracted, proof *running.Proof, code *running.Code) error {
	refused := &build.RefusedError{}
	for _, r := range x.References {
		if !r.Local && (m.exports[r.Name] || slices.Contains(x.New, r.Name)) {
			continue
		}
		target, err := m.target(r, proof, code)
		if err != nil {
			refused.Refusals = append(refused.Refusals, build.Refusal{Symbol: r.Name, Why: err.Error(),
				Remedy: "leave what uses it out of the diff"})
			continue
		}
		if before, has := m.targets[r.Symbol]; has && before != *target {
			return fmt.Errorf("%s means %v in one file and %v in another", r.Symbol, before, *target)
		}
		m.targets[r.Symbol] = *target
	}
	if len(refused.Refusals) > 0 {
		return refused
	}
	return nil
}

// target returns the symbol that a reference means: the one at the address where the kernel's own code, which is proved
// to be that of the source, has it. A symbol that the file did not use before must be the only one of its name.
func (m *maker) target(r build.Reference, proof *running.Proof, code *running.Code) (*build.Target, error) {
	for _, match := range proof.Matches {
		for _, in := range match.Implied {
			if in.Name != r.Name || in.Other {
				continue
			}
			if in.Listed == "" {
				return nil, fmt.Errorf("is not in the symbol table of %s", code.Object)
			}
			position, err := code.Position(in.Listed, in.Addr)
			return &build.Target{Object: code.Object, Name: in.Listed, Position: position}, err
		}
	}
	if r.Local {
		return nil, fmt.Errorf("is used by no function that is proved to be the code of %s, so that its address is not "+
			"known", code.Object)
	}
	for _, c := range slices.Compact([]*running.Code{code, m.kernel}) {
		switch found := c.Named(r.Name); {
		case len(found) == 1:
			return &build.Target{Object: c.Object, Name: r.Name}, nil
		case len(found) > 1:
			return nil, fmt.Errorf("is the name of %d symbols of %s, and the file did not use it before", len(found),
				c.Object)
		}
	}
	return nil, fmt.Errorf("is no symbol of %s", code.Object)
}
