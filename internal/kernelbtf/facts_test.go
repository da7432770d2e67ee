// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
)

// TestFacts asks for what a kernel's types have and for what they have not.
func TestFacts(t *testing.T) {
	f, err := ReadFacts(kernelTypes(t))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"walk": f.HasFunction("walk"), "alk": f.HasFunction("alk"), "RED": f.HasValue("colour", "RED"),
		"BLUE": f.HasValue("colour", "BLUE"), "RED of task": f.HasValue("task", "RED"), "task": f.Size("task"),
		"colour": f.Size("colour"), "task.next": f.MemberSize("task", "next"), "task.in": f.MemberSize("task", "in"),
		"task.nothing": f.MemberSize("task", "nothing"), "walk as a variable": f.HasVariable("walk"),
	}
	want := map[string]any{
		"walk": true, "alk": false, "RED": true, "BLUE": false, "RED of task": false, "task": 40, "colour": 0,
		"task.next": 8, "task.in": 4, "task.nothing": 0, "walk as a variable": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFactsVariable finds a variable.
func TestFactsVariable(t *testing.T) {
	b, err := btf.NewBuilder([]btf.Type{&btf.Var{Name: "state", Type: &btf.Int{Name: "int", Size: 4}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ReadFacts(data)
	if err != nil || !f.HasVariable("state") || f.HasVariable("int") {
		t.Errorf("a variable is not found, or something else is one: %v", err)
	}
}
