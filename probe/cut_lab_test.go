// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"spotos/internal/kernelbtf"
	"spotos/internal/labtest"
)

// TestLabCut compares what every program reads of the kernel by the few types that are cut out for it with what it
// reads by all types of the kernel.
func TestLabCut(t *testing.T) {
	labtest.Require(t)
	whole, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	watch, watchErr := loadWatch()
	holders, holdersErr := loadHolders()
	if err := errors.Join(watchErr, holdersErr); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, spec := range []*ebpf.CollectionSpec{watch, holders} {
		few, err := kernelbtf.Cut(spec.Types)
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range spec.Programs {
			want, got := fixes(t, p, whole), fixes(t, p, few)
			asked += len(want)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s: %s, want %s", name, got[i], want[i])
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("the programs ask for %d things: so few say nothing", asked)
	}
}

// TestLabShort watches a function of the kernel itself: its programs and the list of holders were loaded without the
// library's long way, which would have told the kernel where each line is from.
func TestLabShort(t *testing.T) {
	labtest.Require(t)
	w, err := Attach(t.Context(), []Func{{Name: "inet_csk_accept", Ranges: []Range{{Start: 1 << 63, End: 1<<63 + 1}}}},
		Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if why := w.funcs[0].Uncounted; why != "" {
		t.Fatal(why)
	}
	for _, p := range []*ebpf.Program{w.entries[0], w.exits[0], w.holders.Programs["list_holders"]} {
		info, err := p.Info()
		if err != nil {
			t.Fatal(err)
		}
		if lines, err := info.LineInfos(); err == nil && len(lines) > 0 {
			t.Errorf("%s was loaded with all types of the kernel", info.Name)
		}
	}
}

// fixes returns what is set in a program, by these types of the kernel.
func fixes(t *testing.T, p *ebpf.ProgramSpec, types *btf.Spec) []string {
	t.Helper()
	var relocations []*btf.CORERelocation
	for i := range p.Instructions {
		if r := btf.CORERelocationMetadata(&p.Instructions[i]); r != nil {
			relocations = append(relocations, r)
		}
	}
	var own btf.Builder
	all, err := btf.CORERelocate(relocations, []*btf.Spec{types}, binary.LittleEndian, own.Add)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	var out []string
	for i := range all {
		out = append(out, relocations[i].String()+" "+all[i].String())
	}
	return out
}
