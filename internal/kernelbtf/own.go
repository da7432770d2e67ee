// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// own is the index of the kernel's own types, which stay as they are until the next boot.
var own = sync.OnceValues(func() (*index, error) {
	file, err := os.Open(dir + "/vmlinux")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	raw := make([]byte, info.Size())
	for at := 0; at < len(raw); {
		n, err := file.Read(raw[at:])
		if err != nil {
			return nil, err
		}
		at += n
	}
	return newIndex(raw)
})

// Prepare begins to read what Function and NewCollection need of the kernel itself, and returns when it is there.
func Prepare() { _, _ = own() }

// Function returns what the kernel's own BTF says of a function; of its pointers not what they point to. The error is
// btf.ErrNotFound if that is nothing, and btf.ErrMultipleMatches if several share the name. Any goroutine may call it.
func Function(name string) (*btf.Func, error) {
	x, err := own()
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's BTF: %w", err)
	}
	ids := x.functions(name)
	switch {
	case len(ids) == 0:
		return nil, fmt.Errorf("function %s: %w", name, btf.ErrNotFound)
	case len(ids) > 1:
		return nil, fmt.Errorf("function %s: %w", name, btf.ErrMultipleMatches)
	}
	spec, err := x.extract(ids)
	if err != nil {
		return nil, err
	}
	var fn *btf.Func
	if err := spec.TypeByName(name, &fn); err != nil {
		return nil, err
	}
	return fn, nil
}

// typesFor has what TypesFor has returned, by the names: each function of a watch asks for the same.
var typesFor sync.Map

// TypesFor returns the kernel's own types that have a name of a type of a collection: what its programs read is looked
// up among them. Of pointers they lack what they point to. Do not change them. Any goroutine may call it.
func TypesFor(spec *ebpf.CollectionSpec) (*btf.Spec, error) {
	x, err := own()
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's BTF: %w", err)
	}
	if spec.Types == nil { // the programs read nothing of the kernel's
		return x.extract(nil)
	}
	var names []string
	for t, err := range spec.Types.All() {
		if err != nil {
			return nil, err
		}
		switch t.(type) {
		case *btf.Struct, *btf.Union, *btf.Enum, *btf.Typedef:
			name, _, _ := strings.Cut(t.TypeName(), "___") // behind which a program may say which form of it it means
			names = append(names, name)
		}
	}
	key := strings.Join(names, " ")
	if types, ok := typesFor.Load(key); ok {
		return types.(*btf.Spec), nil
	}
	var roots []uint32
	for _, ids := range x.named(names...) {
		roots = append(roots, ids...)
	}
	slices.Sort(roots)
	types, err := x.extract(roots)
	if err == nil {
		typesFor.Store(key, types)
	}
	return types, err
}
