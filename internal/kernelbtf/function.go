// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/cilium/ebpf/btf"
)

// kernelRaw is the kernel's own BTF, which stays as it is until the next boot. It needs no copy on disk: to read and to
// index it takes some 20 million instructions, so there is nothing that could be stale or forged.
var kernelRaw = sync.OnceValues(func() (*raw, error) {
	data, err := readRaw(dir + "/vmlinux")
	if err != nil {
		return nil, err
	}
	return newRaw(data)
})

// Prepare reads the kernel's own types, once, and says why they cannot be read. Any goroutine may call it.
func Prepare() error {
	_, err := kernelRaw()
	return err
}

// readRaw reads a file of sysfs, whose size is known, into memory of that size.
func readRaw(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	n, err := io.ReadFull(file, data)
	if err != nil {
		return nil, err
	}
	return data[:n], nil
}

// Function returns one of the kernel's own functions, with its prototype; of the types in that no more than size and
// kind are known: a pointer leads to void, and a structure has no members. The error is btf.ErrNotFound if there is
// none of that name, and btf.ErrMultipleMatches if there are several. Any goroutine may call it.
func Function(name string) (*btf.Func, error) {
	r, err := kernelRaw()
	if err != nil {
		return nil, err
	}
	return r.describe(name)
}

// describe is Function for any kernel's types.
func (r *raw) describe(name string) (*btf.Func, error) {
	id, err := r.function(name)
	if err != nil {
		return nil, err
	}
	t, err := r.typ(id)
	if err != nil {
		return nil, err
	}
	proto, err := r.typ(t.size)
	if err != nil || proto.kind() != kindFuncProto {
		return nil, fmt.Errorf("%s: %w", name, errOdd)
	}
	made := &btf.FuncProto{Params: make([]btf.FuncParam, proto.members())}
	if made.Return, err = r.small(proto.size); err != nil {
		return nil, err
	}
	for i := range made.Params {
		if made.Params[i].Type, err = r.small(word(proto.rest, 2*i+1)); err != nil {
			return nil, err
		}
	}
	return &btf.Func{Name: name, Type: made}, nil
}

// function returns the id of the only function of a name.
func (r *raw) function(name string) (uint32, error) {
	switch ids := r.functions(name); len(ids) {
	case 0:
		return 0, btf.ErrNotFound
	case 1:
		return ids[0], nil
	}
	return 0, btf.ErrMultipleMatches
}

// maxDepth is how many names and qualifiers may lie around a type.
const maxDepth = 32

// small returns a type without its names and qualifiers, and without what it leads to or is made of.
func (r *raw) small(id uint32) (btf.Type, error) {
	for range maxDepth {
		if id == 0 {
			return (*btf.Void)(nil), nil
		}
		t, err := r.typ(id)
		if err != nil {
			return nil, err
		}
		switch t.kind() {
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			id = t.size
			continue
		case kindPointer:
			return &btf.Pointer{Target: (*btf.Void)(nil)}, nil
		case kindInt:
			return &btf.Int{Size: t.size}, nil
		case kindEnum, kindEnum64:
			return &btf.Enum{Size: t.size}, nil
		case kindStruct:
			return &btf.Struct{Size: t.size}, nil
		case kindUnion:
			return &btf.Union{Size: t.size}, nil
		case kindFloat:
			return &btf.Float{Size: t.size}, nil
		}
		return &btf.Fwd{}, nil // nothing that a function takes
	}
	return nil, errOdd
}
