// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"slices"
	"strings"
	"testing"

	"spotos/internal/labtest"
	"spotos/kmod"
	"spotos/patchset"
)

// named is a function's name in its object.
type named struct{ object, name string }

// TestLabParity asks for every function of the kernel and of its modules whether it can be switched: the rules that
// judge a patch where the module is not loaded, and the module's dry run. They must agree.
func TestLabParity(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "pair_target", "")
	t.Cleanup(func() { labtest.Unload(t, "pair_target") })
	k, err := patchset.LiveKernel()
	if err != nil {
		t.Fatal(err)
	}
	d, err := kmod.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	symbols, err := k.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	of := map[named]int{}
	for s := range symbols.Text() {
		of[named{s.Object(), s.Name}]++
	}
	seen := map[named]int{}
	asked, refused, stricter, differ := 0, 0, 0, 0
	ask := func(f patchset.Function, addr uint64) {
		if len(f.Full()) > 127 {
			return // no patch can name it
		}
		why := refusal(k, f)
		place, err := d.Judge(kmod.Question{Name: f.Full(), Object: f.Object, Address: addr})
		asked++
		if err != nil {
			refused++
		}
		if err == nil && secondName(symbols, why) {
			stricter++
			return
		}
		if (why == "") == (err == nil) && (err != nil || addr == 0 || place.Address == addr) {
			return
		}
		if differ++; differ <= 50 {
			t.Errorf("%s of %s at %#x: check says %q, the module %v at %#x", f.Full(), f.Object, addr, why, err,
				place.Address)
		}
	}
	for s := range symbols.Text() {
		f := patchset.Function{Name: s.Name, Object: s.Object()}
		n := named{f.Object, f.Name}
		if seen[n]++; of[n] > 1 {
			if seen[n] == 1 {
				ask(f, 0) // without its position
			}
			f.Position = seen[n]
		}
		ask(f, s.Addr)
	}
	t.Logf("%d functions, %d refused by the module, %d for a copy by the rules alone, %d disagreements", asked, refused,
		stricter, differ)
	if asked < 40000 || asked-refused < 20000 {
		t.Error("hardly anything was asked or can be switched")
	}
	if differ > 0 {
		t.Errorf("%d disagreements", differ)
	}
}

// secondName reports whether the rules refuse a function for a copy whose name is not the first of its address: the
// linker or the compiler merged it with another. The module, which has only the first names, does not see that copy;
// apply goes by the rules before it asks the module.
func secondName(symbols *patchset.Symbols, why string) bool {
	_, rest, found := strings.Cut(why, "some calls go to ")
	copies, _, _ := strings.Cut(rest, " and would")
	for name := range strings.SplitSeq(copies, ", ") {
		for _, s := range symbols.Functions(name) {
			if symbols.At(s.Addr)[0].Name == name {
				return false
			}
		}
	}
	return found
}

// refusal returns why a function cannot be switched by the rules that need no module, "" if it can.
func refusal(k *patchset.Kernel, f patchset.Function) string {
	p := &patchset.Patch{Name: "a-patch", Module: "a_patch", Vermagic: k.Vermagic, Depends: []string{"spotos"},
		Functions: []patchset.Function{f}}
	if p.Vermagic == "" {
		p.Vermagic = k.Release + " SMP"
	}
	found := patchset.Judge(p, k, patchset.Owners{})
	i := slices.IndexFunc(found, func(r patchset.Refusal) bool {
		return r.Kind == patchset.NoSwitch || r.Kind == patchset.NoModule
	})
	if i < 0 {
		return ""
	}
	return found[i].String()
}
