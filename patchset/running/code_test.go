// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPosition ranks symbols of a name as the kernel walks them, and leaves out those that it forgets or has not.
func TestPosition(t *testing.T) {
	code := &Code{Object: "m", symbols: []Symbol{
		{Name: "twice", Addr: 0x30, Type: 't', Init: true},
		{Name: "twice", Addr: 0x20, Type: 't'},
		{Name: "once", Addr: 0x28, Type: 'd'},
		{Name: "twice", Addr: 0x10, Type: 'd'},
		{Name: "once", Addr: 0x40, Type: 'U', Other: true},
	}}
	code.index()
	for _, c := range []struct {
		name string
		addr uint64
		want int // -1: refused
	}{
		{"twice", 0x20, 1}, {"twice", 0x10, 2}, {"once", 0x28, 0},
		{"twice", 0x30, -1}, {"once", 0x40, -1}, {"once", 0x20, -1}, {"never", 0x20, -1},
	} {
		got, err := code.Position(c.name, c.addr)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s at %#x has the position %d, want %d: %v", c.name, c.addr, got, c.want, err)
		}
	}
}

// TestBytes reads within a section and at its ends.
func TestBytes(t *testing.T) {
	code := &Code{sections: []Section{{Name: "b", Addr: 8, Size: 8},
		{Name: "a", Addr: 2, Size: 3, Data: []byte("ab\x00")}}}
	code.index()
	for _, c := range []struct {
		addr, n uint64
		want    []byte
	}{{2, 2, []byte("ab")}, {3, 9, []byte("b\x00")}, {5, 1, nil}, {1, 1, nil}, {9, 1, nil}, {16, 1, nil}} {
		if diff := cmp.Diff(c.want, code.Bytes(c.addr, c.n)); diff != "" {
			t.Errorf("at %d: %s", c.addr, diff)
		}
	}
	if text, ok := code.text(2); text != "ab" || !ok {
		t.Errorf("%q, %v", text, ok)
	}
}

func TestStem(t *testing.T) {
	for name, want := range map[string]string{"__already_done.12": "__already_done.", "ip6": "ip6", "a.isra.0": "a.isra.",
		"__UNIQUE_ID_ddebug345": "__UNIQUE_ID_ddebug", "crc32": "crc32"} {
		if got := stem(name); got != want {
			t.Errorf("%s has the stem %s, want %s", name, got, want)
		}
	}
}
