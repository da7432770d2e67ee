// SPDX-License-Identifier: GPL-2.0-only

package lookup

import (
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"spotos/patchset/fix"
	"spotos/patchset/prototype"
	"spotos/patchset/running"
)

// Used is a symbol that a function uses and that the kernel does not export.
type Used struct {
	Name   string
	Object string
	Code   bool           // a function, or a part of one
	Static bool           // no header of the kernel declares it
	Copy   bool           // the compiler made it, with other arguments than the source's
	Type   *btf.FuncProto // nil for data, and where the type information does not say
}

// Uses returns what the code of a function refers to that is not exported, by name. What the compiler and the kernel's
// macros make at each use is left out.
func (k *Kernel) Uses(f *Function, exports fix.Exports) ([]Used, error) {
	o, err := k.object(f.Object)
	if err != nil {
		return nil, err
	}
	at, err := o.place(&Function{Name: f.Name, Object: f.Object, Position: f.Position})
	if err != nil {
		return nil, err
	}
	var all []Used
	for _, addr := range o.code.Mentions(at) {
		here := o.code.Holding(addr)
		exported := slices.ContainsFunc(here, func(s running.Symbol) bool {
			_, has := exports[s.Name]
			return has || s.Other
		})
		if len(here) == 0 || exported || here[0].Addr == at.Addr || slices.ContainsFunc(all, func(u Used) bool {
			return u.Name == here[0].Name
		}) {
			continue
		}
		used, wanted, err := o.used(here[0], f.Object)
		if err != nil {
			return nil, err
		}
		if wanted {
			all = append(all, used)
		}
	}
	slices.SortFunc(all, func(a, b Used) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// made begins the names of what macros of the kernel and its linker make.
var made = []string{"__pfx_", "__SCT__", "__SCK__", "__func__", "__UNIQUE_ID", "__key.", "_rs.", "__already_done",
	"__ksymtab", "__x86_", "__compound_literal"}

// used describes a symbol; false if it is none that an author would name.
func (o *object) used(s running.Symbol, object string) (Used, bool, error) {
	u := Used{Name: s.Name, Object: object, Code: s.Text(), Static: !s.Global(),
		Copy: s.Text() && strings.Contains(s.Name, ".")}
	skip := strings.HasSuffix(s.Name, ".cold") || !u.Code && strings.Contains(s.Name, ".") ||
		slices.ContainsFunc(made, func(prefix string) bool { return strings.HasPrefix(s.Name, prefix) })
	if skip || !u.Code || u.Copy {
		return u, !skip, nil
	}
	types, err := o.described(s.Name)
	same := len(types) > 0 && !slices.ContainsFunc(types, func(t *btf.FuncProto) bool {
		return !prototype.Same(t, types[0])
	})
	if same {
		u.Type = types[0]
	}
	return u, true, err
}
