// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
)

// kernelTypes are the types of a kernel with a few functions.
func kernelTypes(t *testing.T) []byte {
	t.Helper()
	number := &btf.Int{Name: "int", Size: 4}
	inner := &btf.Struct{Name: "inner", Size: 4, Members: []btf.Member{{Name: "deep", Type: number}}}
	task := &btf.Struct{Name: "task", Size: 40}
	pointer := &btf.Pointer{Target: task}
	task.Members = []btf.Member{{Name: "unasked", Type: pointer},
		{Name: "next", Type: &btf.Const{Type: pointer}, Offset: 64}, {Name: "in", Type: inner, Offset: 128},
		{Type: &btf.Union{Size: 8, Members: []btf.Member{{Name: "pid", Type: &btf.Typedef{Name: "pid_t", Type: number}}}},
			Offset: 192}, {Name: "state", Type: &btf.Array{Index: number, Type: number, Nelems: 2}, Offset: 256}}
	proto := &btf.FuncProto{Return: &btf.Void{}, Params: []btf.FuncParam{{Name: "t", Type: pointer},
		{Name: "n", Type: &btf.Typedef{Name: "pid_t", Type: number}}, {Name: "s", Type: inner}}}
	open := &btf.FuncProto{Return: number, Params: []btf.FuncParam{{Type: &btf.Void{}}}}
	b, err := btf.NewBuilder([]btf.Type{task, &btf.Func{Name: "walk", Type: proto},
		&btf.Func{Name: "sidewalk", Type: open}, &btf.Func{Name: "twice", Type: proto}, &btf.Func{Name: "twice", Type: open},
		&btf.Enum{Name: "colour", Size: 4, Values: []btf.EnumValue{{Name: "RED", Value: 1}}},
		&btf.Struct{Name: "task___old", Size: 4, Members: []btf.Member{{Name: "pid", Type: number}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDescribe finds functions by their names, and what is known of their arguments: one by one, and once many were
// looked for.
func TestDescribe(t *testing.T) {
	r, err := newRaw(kernelTypes(t))
	if err != nil {
		t.Fatal(err)
	}
	pointer := &btf.Pointer{Target: (*btf.Void)(nil)}
	for _, c := range []struct {
		name string
		want *btf.FuncProto
		err  error
	}{
		{"walk", &btf.FuncProto{Return: (*btf.Void)(nil), Params: []btf.FuncParam{{Type: pointer},
			{Type: &btf.Int{Size: 4}}, {Type: &btf.Struct{Size: 4}}}}, nil},
		{"sidewalk", &btf.FuncProto{Return: &btf.Int{Size: 4}, Params: []btf.FuncParam{{Type: (*btf.Void)(nil)}}}, nil},
		{"twice", nil, btf.ErrMultipleMatches},
		{"alk", nil, btf.ErrNotFound},
		{"task", nil, btf.ErrNotFound}, // no function
		{"", nil, btf.ErrNotFound},
	} {
		for _, r.asked = range []int{0, fewAsked} {
			got, err := r.describe(c.name)
			if !errors.Is(err, c.err) {
				t.Errorf("%q: %v, want %v", c.name, err, c.err)
			}
			if c.want != nil && (err != nil || got.Name != c.name || !cmp.Equal(got.Type, btf.Type(c.want))) {
				t.Errorf("%q: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

// asker is what an object has that asks for a task's fields, and for a type that this kernel lacks.
func asker(t *testing.T) *btf.Spec {
	t.Helper()
	number := &btf.Int{Name: "int", Size: 4}
	task := &btf.Struct{Name: "task", Size: 16, Members: []btf.Member{{Name: "pid", Type: number},
		{Name: "next", Type: &btf.Pointer{Target: number}, Offset: 64}, {Name: "state", Type: number, Offset: 32}}}
	b, err := btf.NewBuilder([]btf.Type{task, &btf.Struct{Name: "lacking"},
		&btf.Enum{Name: "colour", Size: 4, Values: []btf.EnumValue{{Name: "RED"}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// TestCut keeps what is asked for where it was, and nothing else.
func TestCut(t *testing.T) {
	r, err := newRaw(kernelTypes(t))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := r.cut(asker(t))
	if err != nil {
		t.Fatal(err)
	}
	var task, old *btf.Struct
	var colour *btf.Enum
	if err := errors.Join(spec.TypeByName("task", &task), spec.TypeByName("task___old", &old),
		spec.TypeByName("colour", &colour)); err != nil {
		t.Fatal(err)
	}
	number := &btf.Int{Name: "int", Size: 4}
	want := &btf.Struct{Name: "task", Size: 40, Members: []btf.Member{
		{Name: "next", Type: &btf.Const{Type: &btf.Pointer{Target: (*btf.Void)(nil)}}, Offset: 64},
		{Type: &btf.Union{Size: 8, Members: []btf.Member{{Name: "pid", Type: &btf.Typedef{Name: "pid_t", Type: number}}}},
			Offset: 192}, {Name: "state", Type: &btf.Array{Index: number, Type: number, Nelems: 2}, Offset: 256}}}
	if diff := cmp.Diff(want, task); diff != "" {
		t.Error(diff)
	}
	if len(old.Members) != 1 || len(colour.Values) != 1 || colour.Values[0] != (btf.EnumValue{Name: "RED", Value: 1}) {
		t.Errorf("%v %v", old.Members, colour.Values)
	}
	for _, name := range []string{"inner", "lacking", "walk"} {
		if _, err := spec.AnyTypeByName(name); !errors.Is(err, btf.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRawTorn reads types that are cut off anywhere, or have any byte changed: that gives an error, or an answer, and
// never an access beyond them.
func TestRawTorn(t *testing.T) {
	whole, own := kernelTypes(t), asker(t)
	try := func(data []byte) bool {
		r, err := newRaw(data)
		if err != nil {
			return false
		}
		_, _ = r.describe("walk")
		_, _ = r.describe("sidewalk")
		_, _ = r.cut(own)
		return true
	}
	if !try(whole) {
		t.Fatal("it is refused as it is")
	}
	for n := range whole {
		if try(whole[:n]) {
			t.Errorf("%d of %d bytes are taken", n, len(whole))
		}
	}
	for i := range whole {
		for _, bits := range []byte{1, 0x80, 0xff} {
			flipped := bytes.Clone(whole)
			flipped[i] ^= bits
			try(flipped)
		}
	}
}
