// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"archive/tar"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// given returns a source from a tarball.
func given(t *testing.T, data []byte) (*Source, string) {
	t.Helper()
	path := write(t, filepath.Join(t.TempDir(), "linux.tar"), data, 0o644)
	src, err := (&Store{Dir: t.TempDir()}).Given(path)
	if err != nil {
		t.Fatal(err)
	}
	return src, path
}

// files lists what is in a directory, links with where they point.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if to, err := os.Readlink(path); err == nil {
			name += " -> " + to
		}
		out = append(out, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNeed(t *testing.T) {
	src, path := given(t, packXZ(t, tarball(t, tree)))
	if err := src.Need(t.Context(), "net/ipv4/*", "scripts/run.sh"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"net/ipv4/raw.c", "scripts/run.sh"}, files(t, src.tree)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(src.tree, "scripts/run.sh")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the script is %v, %v", info.Mode(), err)
	}
	if err := src.Need(t.Context(), "include/", "net/ipv4/netfilter/*"); err != nil {
		t.Fatal(err)
	}
	want := []string{"include/linux/a.h", "include/linux/kernel.h", "include/linux/same.h -> ../linux/a.h",
		"net/ipv4/netfilter/nf.c", "net/ipv4/raw.c", "scripts/run.sh"}
	if diff := cmp.Diff(want, files(t, src.tree)); diff != "" {
		t.Error(diff)
	}

	// What is there, or is known not to be, is not looked for once more.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := src.Need(t.Context(), "include/linux/a.h", "include/linux/*"); err != nil {
		t.Error(err)
	}
	var lacks *NotInSourceError
	if err := src.Need(t.Context(), "include/linux/b.h"); !errors.As(err, &lacks) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := src.Need(t.Context(), "kernel/"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the tarball is gone: %v", err)
	}
	if text, err := src.Read("net/ipv4/raw.c"); err != nil || !strings.Contains(string(text), "return 1") {
		t.Errorf("read %q, %v", text, err)
	}
	if _, err := src.Read("../index"); err == nil {
		t.Error("a file beside the tree was read")
	}
}

func TestEvil(t *testing.T) {
	for name, h := range map[string]tar.Header{
		"up":          {Name: "linux-source-6.1/../../evil", Linkname: "x"},
		"up at once":  {Name: "../evil", Linkname: "x"},
		"absolute":    {Name: "/linux-source-6.1/evil", Linkname: "x"},
		"beside":      {Name: "evil", Linkname: "x"},
		"link up":     {Name: "linux-source-6.1/net/l", Typeflag: tar.TypeSymlink, Linkname: "../../../etc"},
		"link to /":   {Name: "linux-source-6.1/net/l", Typeflag: tar.TypeSymlink, Linkname: "/etc"},
		"hard link":   {Name: "linux-source-6.1/net/l", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		"device":      {Name: "linux-source-6.1/net/l", Typeflag: tar.TypeChar},
		"double name": {Name: "linux-source-6.1/net//x", Linkname: "x"},
		"newline":     {Name: "linux-source-6.1/net/x\ny", Linkname: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := given(t, tarball(t, append(tree[:3:3], h)))
			if err := src.Need(t.Context(), "Makefile", "net/"); err == nil || errors.As(err, new(*NotInSourceError)) {
				t.Errorf("taken: %v", err)
			}
			if have := src.have(); have != nil {
				t.Errorf("counts as unpacked: %q", have)
			}
		})
	}
}

// TestDamaged cuts and changes packed sources, and looks that nothing of them counts.
func TestDamaged(t *testing.T) {
	whole := packXZ(t, tarball(t, tree))
	src, path := given(t, whole[:len(whole)*3/4])
	if err := src.Need(t.Context(), "net/"); err == nil || src.have() != nil {
		t.Errorf("half a tarball: %v, have %q", err, src.have())
	}
	write(t, path, whole, 0o644)
	if err := src.Need(t.Context(), "net/"); err != nil {
		t.Errorf("whole again: %v", err)
	}
	other := append([]tar.Header{}, tree...)
	other[5].Linkname = "obj-y += b.o\n"
	write(t, path, packXZ(t, tarball(t, other)), 0o644)
	if err := src.Need(t.Context(), "kernel/"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("another tarball: %v", err)
	}
	write(t, indexPath(src.dir), []byte(indexMagic+"00 1 Makefile\n"), 0o644)
	src.index = nil
	if x, err := src.Index(t.Context()); err != nil || !x.Has("net/ipv4/raw.c") {
		t.Errorf("half an index is not made again: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := src.Need(ctx, "include/"); !errors.Is(err, context.Canceled) || src.have() != nil {
		t.Errorf("interrupted: %v, have %q", err, src.have())
	}
}

func TestCheckout(t *testing.T) {
	src, _ := given(t, tarball(t, tree))
	dir := t.TempDir()
	if err := src.Checkout(t.Context(), dir, "net/", "include/"); err != nil {
		t.Fatal(err)
	}
	if err := Replace(dir, "net/ipv4/raw.c", []byte("patched")); err != nil {
		t.Fatal(err)
	}
	if text, err := src.Read("net/ipv4/raw.c"); err != nil || string(text) == "patched" {
		t.Errorf("the cache has %q, %v", text, err)
	}
	// What was checked out is a source of its own, if it has enough to be one.
	if _, err := src.store.Given(dir); err == nil {
		t.Error("a directory without a Makefile is taken")
	}
	if err := src.Checkout(t.Context(), dir, "Makefile", "kernel/"); err != nil {
		t.Fatal(err)
	}
	own, err := src.store.Given(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Checkout(t.Context(), t.TempDir(), "net/ipv4/*", "Makefile"); err != nil {
		t.Error(err)
	}
	if err := own.Need(t.Context(), "net/ipv5/", "net/*"); !errors.As(err, new(*NotInSourceError)) {
		t.Errorf("what is not there: %v", err)
	}
	d, err := Pair{src, own}.Files(t.Context())
	want := Difference{Changed: []string{"net/ipv4/raw.c"}, Gone: []string{"scripts/run.sh"}}
	if diff := cmp.Diff(want, d); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "f"), []byte("old"), 0o644)
	full := errors.New("the disk is full")
	err := WriteWhole(path, func(f *os.File) error { _, _ = f.WriteString("ha"); return full })
	if text, _ := os.ReadFile(path); !errors.Is(err, full) || string(text) != "old" || len(files(t, dir)) != 1 {
		t.Errorf("%v, %q, %q", err, text, files(t, dir))
	}
}
