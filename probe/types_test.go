// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"spotos/internal/kernelbtf"
)

// TestTypesFor looks up what the programs read among the few types that are unpacked for them, and among all of the
// kernel that the test runs on: it is found at the same places.
func TestTypesFor(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skip(err)
	}
	all, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func() (*ebpf.CollectionSpec, error){"watch": loadWatch, "holders": loadHolders} {
		spec, err := load()
		if err != nil {
			t.Fatal(err)
		}
		few, err := kernelbtf.TypesFor(spec)
		if err != nil {
			t.Fatal(err)
		}
		looked := 0
		for program, p := range spec.Programs {
			want, got := fixups(t, p, all), fixups(t, p, few)
			for i := range want {
				if looked++; got[i] != want[i] {
					t.Errorf("%s of %s: %s by the few types, %s by all", program, name, got[i], want[i])
				}
			}
		}
		if looked == 0 {
			t.Errorf("the programs of %s read nothing", name)
		}
	}
}

// fixups returns what is put into a program for what it reads of the kernel with these types.
func fixups(t *testing.T, p *ebpf.ProgramSpec, types *btf.Spec) []string {
	t.Helper()
	var relos []*btf.CORERelocation
	for i := range p.Instructions {
		if relo := btf.CORERelocationMetadata(&p.Instructions[i]); relo != nil {
			relos = append(relos, relo)
		}
	}
	var b btf.Builder
	found, err := btf.CORERelocate(relos, []*btf.Spec{types}, p.ByteOrder, b.Add)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for i := range found {
		text = append(text, found[i].String())
	}
	return text
}
