// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// exports are the symbols that modules may use by their names, those of no namespace, with the module that has each:
// running.VMLinux or a name with underscores.
type exports map[string]string

// read adds what a Module.symvers has.
func (x exports) read(symvers string) error {
	text, err := os.ReadFile(symvers)
	if err != nil {
		return fmt.Errorf("reading what is exported to modules: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		// CRC, name, module, kind, namespace
		part := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(part) >= 4 && (len(part) == 4 || part[4] == "") {
			x[part[1]] = strings.ReplaceAll(path.Base(part[2]), "-", "_")
		}
	}
	return nil
}

// of returns the first symbol by name that a module exports, "" if it exports none.
func (x exports) of(module string) string {
	first := ""
	for name, in := range x {
		if in == module && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// pin has the patch use a symbol that a module exports, so that the kernel keeps the module loaded as long as the patch
// is. A late reference does not do that by itself: it would lead into freed memory once the module is gone.
func (m *maker) pin(target build.Target) error {
	if target.Object == running.VMLinux || m.pins[target.Object] != "" {
		return nil
	}
	name := m.exports.of(target.Object)
	if name == "" {
		return fmt.Errorf("is in module %s, which exports nothing that would keep it loaded", target.Object)
	}
	m.pins[target.Object] = name
	return nil
}

// resolve finds what the references of an extracted object mean that kbuild cannot resolve by name.
func (m *maker) resolve(x *build.Extracted, proof *running.Proof, code *running.Code) error {
	refused := &build.RefusedError{}
	for _, r := range x.References {
		if !r.Local && (m.exports[r.Name] != "" || slices.Contains(x.New, r.Name)) {
			continue
		}
		target, err := m.target(r, proof, code)
		if err == nil {
			err = m.pin(*target)
		}
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
