// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// TestIndex looks for names without the index and by it: they find the same.
func TestIndex(t *testing.T) {
	s, err := ReadSymbols(os.DirFS("testdata/kernels/6.12"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"no_such_function", ""}
	for _, symbol := range every(s) {
		name := symbol.Name
		base, _, _ := strings.Cut(name, ".")
		names = append(names, name, base, strings.TrimSuffix(name, ".0"))
	}
	copies := 0
	for _, name := range names {
		s.asked.Store(0)
		all, some := s.Addresses(name), s.copies(name)
		s.asked.Store(fewNames)
		if got := s.Addresses(name); !slices.Equal(got, all) {
			t.Errorf("%s: %v by the index, %v without", name, got, all)
		}
		if got := s.copies(name); !slices.Equal(got, some) {
			t.Errorf("copies of %s: %v by the index, %v without", name, got, some)
		}
		copies += len(some)
	}
	if copies == 0 {
		t.Error("there are no copies")
	}
}

// every returns all symbols, in the order of /proc/kallsyms.
func every(s *Symbols) []Symbol {
	var all []Symbol
	for i := range s.count() {
		all = append(all, s.at(i))
	}
	return all
}

// inAddressOrder returns all symbols in the order of their addresses.
func inAddressOrder(s *Symbols) []Symbol {
	var all []Symbol
	for i := range s.count() {
		all = append(all, s.ordered(i))
	}
	return all
}

// parsed returns the symbols of a text as /proc/kallsyms has it.
func parsed(t *testing.T, text string) *Symbols {
	t.Helper()
	s, err := ReadSymbols(fstest.MapFS{"proc/kallsyms": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSites takes the addresses of traceable functions from a list with them and from one without: of functions of one
// name the order tells which has a site.
func TestSites(t *testing.T) {
	s := parsed(t, `ffffffff81000100 T first
ffffffff81000200 t twin
ffffffff81000300 T second
ffffffff81000400 t twin
ffffffff81000400 t alias
ffffffff81000500 T third
ffffffffc0000100 t twin	[b]
ffffffffc0000200 t last	[b]
ffffffffc0001000 t twin	[a]
`)
	got := sitesIn("first\nsecond\nnot_a_symbol\ntwin\nthird\ntwin [a]\nlast [b]\n", s)
	want := []uint64{0xffffffff81000100, 0xffffffff81000300, 0xffffffff81000400, 0xffffffff81000500, 0xffffffffc0000200,
		0xffffffffc0001000}
	if !slices.Equal(got, want) {
		t.Errorf("got %#x, want %#x", got, want)
	}
	sites := addressesIn("ffffffff81000104 first\nffffffffc0001000 twin [a]\n")
	symbols := func() (*Symbols, error) { return s, nil }
	all := func() (*traceable, error) { return &traceable{sites: sites}, nil }
	k := &Kernel{lists: &lists{symbols: symbols, sites: all, ownSymbols: symbols, ownSites: all, sited: &sync.Map{}}}
	for _, symbol := range every(s) {
		if want := symbol.Name == "first" || symbol.Module == "a"; is(k, symbol) != want {
			t.Errorf("%s of %s: traceable is %v", symbol.Name, symbol.Object(), !want)
		}
	}
	if sites := addressesIn("0 first\n"); sites != nil {
		t.Errorf("hidden addresses were taken for %#x", sites)
	}
}

func is(k *Kernel, s Symbol) bool {
	traceable, err := k.isTraceable(s)
	return err == nil && traceable
}

// TestRecordedSites finds an address for every line that a kernel recorded.
func TestRecordedSites(t *testing.T) {
	for _, series := range []string{"6.1", "6.12"} {
		dir := filepath.Join("testdata/kernels", series)
		s, err := ReadSymbols(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(filepath.Join(dir, "sys/kernel/tracing/available_filter_functions"))
		if err != nil {
			t.Fatal(err)
		}
		if found, lines := len(sitesIn(string(list), s)), strings.Count(string(list), "\n"); found != lines || lines == 0 {
			t.Errorf("%s: %d addresses for %d lines", series, found, lines)
		}
	}
}

// TestSymbolsAgain reads the symbols again after modules came and went: it finds what a first look finds.
func TestSymbolsAgain(t *testing.T) {
	const own = "0000000000001000 A per_cpu\nffffffff81000100 T first\nffffffff81000200 T __init_begin\n"
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
		"ffffffff80000100 T below\n" + own, own + "ffffffff80000100 t below\t[c]\n"} {
		got, want := read(text, last), read(text, nil)
		if !slices.Equal(every(got), every(want)) || !slices.Equal(inAddressOrder(got), inAddressOrder(want)) ||
			got.end != want.end || got.init != want.init ||
			got.modulesFrom != want.modulesFrom || got.hidden != want.hidden {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
		last = got
	}
}
