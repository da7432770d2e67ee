// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"

	"spotos/internal/labtest"
)

// TestLabOwn loads a program that is attached to one of the kernel's own functions, by the id that the index has of it.
func TestLabOwn(t *testing.T) {
	labtest.WithSpotos(t)
	if err := rlimit.RemoveMemlock(); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]bool{"inet_csk_accept": true, "no_such_function": false} {
		spec := &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{"enter": {Name: "enter", Type: ebpf.Tracing,
			AttachType: ebpf.AttachTraceFEntry, AttachTo: target, License: "GPL", ByteOrder: binary.LittleEndian,
			Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}}}}
		coll, err := newCollection(spec, nil)
		if !want {
			if err == nil {
				t.Errorf("a program was loaded for %s", target)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer coll.Close()
		l, err := link.AttachTracing(link.TracingOptions{Program: coll.Programs["enter"]})
		if err != nil {
			t.Fatal(err)
		}
		info, err := l.Info()
		if err != nil {
			t.Fatal(err)
		}
		x, err := own()
		if err != nil {
			t.Fatal(err)
		}
		if id := uint32(info.Tracing().TargetBtfId); len(x.functions(target)) != 1 || id != x.functions(target)[0] {
			t.Errorf("it is attached to %d, and %s is %d", id, target, x.functions(target))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLabReloaded reads a module's types: once while it stays loaded, whatever else is loaded; anew when it comes back.
func TestLabReloaded(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "pair_target", "")
	types := func() any {
		t.Helper()
		spec, err := Types("pair_target")
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	first := types()
	labtest.Load(t, "patches/pair", "")
	if types() != first {
		t.Error("it was read again after another module had been loaded")
	}
	labtest.Unload(t, "pair")
	labtest.Unload(t, "pair_target")
	if spec, err := Types("pair_target"); err == nil {
		t.Errorf("the types of a module that is not loaded: %v", spec)
	}
	labtest.Load(t, "pair_target", "")
	defer labtest.Unload(t, "pair_target")
	if types() == first {
		t.Error("it was loaded again, and its old types are believed")
	}
}
