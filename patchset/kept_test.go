// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

// TestPackedSymbols packs the symbols of recorded kernels: those that come out are the kernel's own.
func TestPackedSymbols(t *testing.T) {
	for _, series := range []string{"6.1", "6.12"} {
		want, err := ReadSymbols(os.DirFS("testdata/kernels/" + series))
		if err != nil {
			t.Fatal(err)
		}
		own := want.own.count()
		if own == 0 || own == want.count() || want.modulesFrom != own {
			t.Fatalf("%s: %d of %d symbols are the kernel's own, up to %d", series, own, want.count(), want.modulesFrom)
		}
		words, names := want.pack()
		got := symbolsFrom(words, names)
		if !slices.Equal(every(got), every(want)[:own]) || !slices.Equal(inAddressOrder(got), inAddressOrder(want)[:own]) ||
			got.init != want.init || got.end != want.end || got.hidden {
			t.Errorf("%s: they come out changed", series)
		}
		again, err := readSymbols(os.DirFS("testdata/kernels/"+series), got)
		if err != nil || !slices.Equal(every(again), every(want)) ||
			!slices.Equal(inAddressOrder(again), inAddressOrder(want)) || len(again.own.text) >= len(want.own.text) {
			t.Errorf("%s: with what was packed the whole is not the same (%v)", series, err)
		}
	}
}

// booted is a kernel of that boot.
func booted(id string) fstest.MapFS {
	return fstest.MapFS{
		"proc/sys/kernel/random/boot_id": {Data: []byte(id + "\n")},
		"proc/sys/kernel/version":        {Data: []byte("#1 SMP\n")},
	}
}

// TestKept keeps a list and reads it back, and reads none that is of another boot, was planted, or is not whole.
func TestKept(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root keeps lists")
	}
	words, text := []uint64{1, 2, 1 << 63}, "names"
	for _, c := range []struct {
		name string
		boot string
		harm func(file string) error
		want bool
	}{
		{"as it was kept", "a", func(string) error { return nil }, true},
		{"another boot", "b", func(string) error { return nil }, false},
		{"torn", "a", func(file string) error { return os.Truncate(file, 60) }, false},
		{"a byte short", "a", shorten, false},
		{"empty", "a", func(file string) error { return os.Truncate(file, 0) }, false},
		{"others can write it", "a", func(file string) error { return os.Chmod(file, 0o666) }, false},
		{"another's", "a", func(file string) error { return os.Chown(file, 65534, 65534) }, false},
		{"a link", "a", func(file string) error {
			return errors.Join(os.Rename(file, file+"2"), os.Symlink(file+"2", file))
		}, false},
		{"others can write its directory", "a", func(file string) error {
			return os.Chmod(filepath.Dir(file), 0o777)
		}, false},
		{"of another program", "a", func(file string) error { return os.WriteFile(file, make([]byte, 200), 0o600) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := keepDir
			defer func() { keepDir = was }()
			keepDir = filepath.Join(t.TempDir(), "kept")
			keep(booted("a"), "list", words, text)
			if err := c.harm(filepath.Join(keepDir, "list")); err != nil {
				t.Fatal(err)
			}
			gotWords, gotText, err := kept(booted(c.boot), "list")
			if c.want && (err != nil || !slices.Equal(gotWords, words) || gotText != text) {
				t.Errorf("read back: %v %q, %v", gotWords, gotText, err)
			}
			if !c.want && err == nil {
				t.Errorf("it was read: %v %q", gotWords, gotText)
			}
		})
	}
}

// TestKeep reads the lists of a kernel: they are kept once somebody asks for that, and not before.
func TestKeep(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root keeps lists")
	}
	was := keepDir
	defer func() { keepDir = was }()
	keepDir = filepath.Join(t.TempDir(), "kept")
	root := booted("a")
	root["proc/kallsyms"] = &fstest.MapFile{Data: []byte("ffffffff81000100 T first\nffffffff81000200 B _end\n")}
	root["sys/kernel/tracing/available_filter_functions_addrs"] = &fstest.MapFile{
		Data: []byte("ffffffff81000104 first\nffffffffc0001000 other [a]\n")}
	k := &Kernel{lists: newLists(root, true, nil)}
	if traceable, err := k.isTraceable(Symbol{Name: "first", Addr: 0xffffffff81000100}); !traceable || err != nil {
		t.Errorf("first: %v, %v", traceable, err)
	}
	if _, err := os.Stat(keepDir); err == nil {
		t.Error("they were kept while somebody waits for them")
	}
	k.Keep()
	root["proc/kallsyms"].Data = []byte("ffffffff81000100 T not_read\n")
	own, err := newLists(root, true, nil).ownSymbols()
	if err != nil || len(own.Functions("first")) != 1 {
		t.Errorf("the symbols were not kept: %v", err)
	}
	if words, _, err := kept(root, keptSitesName); err != nil || !slices.Equal(words, []uint64{0xffffffff81000104}) {
		t.Errorf("the sites were kept as %#x, %v", words, err)
	}
}

func shorten(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	return os.Truncate(file, info.Size()-1)
}
