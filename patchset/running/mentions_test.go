// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMentions finds in linked code what a function calls, hands on and has as data, that of its part elsewhere too,
// and nothing else.
func TestMentions(t *testing.T) {
	code := kernel(t, compile(t, "mentions.c"))
	function := code.Named("function")
	if len(function) != 1 || len(code.Named("function.cold")) != 1 {
		t.Fatalf("the compiler made %v and %v", function, code.Named("function.cold"))
	}
	mentioned := code.Mentions(function[0])
	got := map[string]bool{}
	for _, s := range code.Symbols() {
		switch s.Name {
		case "counter", "table", "untouched", "names", "called", "handed_on", "rare", "never_named", "other":
			got[s.Name] = code.Covers(s, mentioned)
		}
	}
	want := map[string]bool{"counter": true, "table": true, "names": true, "called": true, "handed_on": true, "rare": true,
		"other": true, "untouched": false, "never_named": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSealed reads the list of functions that must not be called through a pointer.
func TestSealed(t *testing.T) {
	code := &Code{sections: []Section{{Name: sealList, Addr: 0x1000, Size: 8,
		Data: []byte{0x00, 0xf0, 0xff, 0xff, 0x0c, 0x01, 0, 0}}}}
	for addr, want := range map[uint64]bool{0: true, 0x1110: true, 0x1000: false, 0x110c: false} {
		if code.Sealed(addr) != want {
			t.Errorf("%#x: %v", addr, !want)
		}
	}
}

// TestMeant takes what proved code refers to, and otherwise the only global symbol of a name: a static one of another
// file is not meant.
func TestMeant(t *testing.T) {
	code := &Code{Object: VMLinux, symbols: []Symbol{
		{Name: "static", Addr: 0x10, Type: 't'},
		{Name: "both", Addr: 0x20, Type: 't'},
		{Name: "both", Addr: 0x30, Type: 'T'},
		{Name: "two", Addr: 0x40, Type: 'D'},
		{Name: "two", Addr: 0x50, Type: 'V'},
		{Name: "others", Addr: 0x60, Type: 'U', Other: true},
		{Name: "__init_begin", Addr: 0x100, Type: 'D'},
		{Name: "boot", Addr: 0x110, Type: 'T'},
		{Name: "__init_end", Addr: 0x120, Type: 'D'},
	}}
	code.index()
	for _, c := range []struct {
		name    string
		implied []uint64
		want    []uint64
	}{
		{"static", nil, nil}, {"static", []uint64{0x10}, []uint64{0x10}}, {"both", nil, []uint64{0x30}},
		{"both", []uint64{0x20}, []uint64{0x20}}, {"two", nil, nil}, {"others", nil, nil}, {"boot", nil, nil},
		{"none", nil, nil},
	} {
		got, err := code.Meant(c.name, c.implied)
		if diff := cmp.Diff(c.want, got); diff != "" || (err == nil) != (c.want != nil) {
			t.Errorf("%s: %v: %s", c.name, err, diff)
		}
	}
}
