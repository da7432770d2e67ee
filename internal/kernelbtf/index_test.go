// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// ownBTF skips where the kernel that the test runs on shows no types.
func ownBTF(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(dir + "/vmlinux")
	if err != nil {
		t.Skip(err)
	}
	return raw
}

// shape writes a prototype without what its pointers point to.
func shape(fn *btf.Func) string {
	proto := fn.Type.(*btf.FuncProto)
	text := fn.Name + " returns " + word(proto.Return)
	for _, p := range proto.Params {
		text += fmt.Sprintf(", %s %s", p.Name, word(p.Type))
	}
	return text
}

func word(t btf.Type) string {
	size, _ := btf.Sizeof(t)
	return fmt.Sprintf("%T %d", btf.UnderlyingType(t), size)
}

// TestFunction looks for functions by the index and among all types, unpacked: they are the same.
func TestFunction(t *testing.T) {
	ownBTF(t)
	all, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for typ, err := range all.All() {
		if err != nil {
			t.Fatal(err)
		}
		if fn, ok := typ.(*btf.Func); ok {
			names = append(names, fn.Name)
		}
	}
	asked := 0
	for i := 0; i < len(names); i += len(names)/300 + 1 {
		var want *btf.Func
		wantErr := all.TypeByName(names[i], &want)
		got, err := Function(names[i])
		switch {
		case wantErr != nil:
			if !errors.Is(err, btf.ErrMultipleMatches) {
				t.Errorf("%s: %v, want %v", names[i], err, wantErr)
			}
		case err != nil || shape(got) != shape(want):
			t.Errorf("got %v, %v, want %s", got, err, shape(want))
		}
		asked++
	}
	if asked < 100 {
		t.Errorf("only %d functions of %d", asked, len(names))
	}
	if _, err := Function("no_such_function"); !errors.Is(err, btf.ErrNotFound) {
		t.Errorf("a function that is not there: %v", err)
	}
}

// TestIndexOfDamaged reads BTF that is cut off or is none: there is an error, and nothing worse.
func TestIndexOfDamaged(t *testing.T) {
	raw := ownBTF(t)
	for n := 0; n < 4096; n += 7 {
		if _, err := newIndex(raw[:n]); err == nil {
			t.Errorf("%d bytes of it were taken for all", n)
		}
	}
	x, err := newIndex(raw)
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(raw[:btfHeaderLen+btfTypeLen])
	bad = append(bad, raw[btfHeaderLen+len(x.types):]...)
	if _, err := newIndex(bad); err == nil {
		t.Error("types that are not there were read")
	}
	if _, err := x.extract(nil); err != nil {
		t.Errorf("no type at all: %v", err)
	}
	if _, err := x.extract([]uint32{1 << 30}); err == nil {
		t.Error("a type that is not there was copied")
	}
}
