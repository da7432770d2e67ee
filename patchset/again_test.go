// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"slices"
	"testing"
	"testing/fstest"
)

// TestSymbolsAgain reads the symbols again after modules came and went: it finds what a first look finds.
func TestSymbolsAgain(t *testing.T) {
	const own = "0000000000001000 A per_cpu\nffffffff81000200 T first\nffffffff81000100 T second\n"
	const a, b = "ffffffffc0000100 t of_a\t[a]\n", "ffffffffc0000080 t of_b\t[b]\n"
	read := func(text string, before *Symbols) *Symbols {
		t.Helper()
		s, err := readSymbols(fstest.MapFS{"proc/kallsyms": {Data: []byte(text)}}, before)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	last := read(own, nil)
	for _, text := range []string{own + a, own + a + b, own + b, own, own + "fffffffff0000000 T later\n" + a,
		"ffffffff80000100 T below\n" + own, own + "ffffffff80000100 t below\t[c]\n", own + a} {
		got, want := read(text, last), read(text, nil)
		if !slices.Equal(got.all, want.all) || got.hidden != want.hidden {
			t.Errorf("%q: got %+v, want %+v", text, got.all, want.all)
		}
		last = got
	}
}
