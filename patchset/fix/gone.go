// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/running"
)

// gone is a function for other files that the fix takes away. The kernel keeps it.
type gone struct {
	name string
	addr uint64
	code *running.Code
}

// noteGone notes the functions for other files that a file has lost.
func (m *maker) noteGone(names []string, proof *running.Proof, code *running.Code) {
	for _, name := range names {
		if match, err := proof.Function(name); err == nil {
			m.gone = append(m.gone, gone{name, match.Addr, code})
		}
	}
}

// abandoned refuses that a function is taken away which others use that stay as they are: they would go on with the old
// one, and half of the fix would be missing.
func (m *maker) abandoned() []build.Refusal {
	var refusals []build.Refusal
	for _, g := range m.gone {
		var users []string
		for _, u := range g.code.Users(g.addr) {
			name := strings.TrimSuffix(u.Name, ".cold")
			if !m.replaces(name, g.code) && !slices.Contains(users, name) {
				users = append(users, name)
			}
		}
		if len(users) > 0 {
			refusals = append(refusals, build.Refusal{Symbol: g.name, Why: "is gone, but " + firstOf(users) +
				", as the kernel has it, leads to it and would go on with the old one",
				Remedy: "keep it, or have the fix change what leads to it too"})
		}
	}
	return refusals
}

// replaces reports whether a function is replaced or gone itself.
func (m *maker) replaces(name string, code *running.Code) bool {
	return slices.ContainsFunc(m.gone, func(g gone) bool { return g.name == name && g.code.Object == code.Object }) ||
		slices.ContainsFunc(m.result.Functions, func(f Function) bool { return f.Name == name && f.Object == code.Object })
}
