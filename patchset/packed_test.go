// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
)

// TestReadPacked reads a patch that is packed as distributions pack modules.
func TestReadPacked(t *testing.T) {
	plain := filepath.Join(builds(t)[0], "patches", "pair.ko")
	want, err := patchset.Read(plain)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := exec.Command("xz", "--check=crc32", "--lzma2=dict=1MiB", "--stdout", plain).Output()
	if err != nil {
		t.Fatalf("packing with xz: %v", err)
	}
	path := filepath.Join(t.TempDir(), "pair.ko.xz")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := patchset.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	want.Path = path
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packed (-plain +packed):\n%s", diff)
	}
	if err := os.WriteFile(path, packed[:len(packed)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := patchset.Read(path); err == nil {
		t.Error("half of a packed patch was read without an error")
	}
}

// TestVermagic reads the kernel's flags from its own modules: plain ones in 6.1, packed ones in 6.12.
func TestVermagic(t *testing.T) {
	compared := 0
	for _, dir := range builds(t) {
		release := filepath.Base(dir)
		var found []string
		for _, lib := range []string{"lib", "usr/lib"} { // Debian 12 and 13
			matches, err := filepath.Glob(filepath.Join("..", ".kernels", "*", lib, "modules", release))
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, matches...)
		}
		if len(found) == 0 {
			continue
		}
		root := t.TempDir()
		lib, err := filepath.Abs(filepath.Join(found[0], "..", ".."))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(lib, filepath.Join(root, "lib")); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(root, "proc/sys/kernel"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "proc/sys/kernel/osrelease"), []byte(release), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := patchset.ReadKernel(os.DirFS(root))
		if err != nil {
			t.Fatal(err)
		}
		p, err := patchset.Read(filepath.Join(dir, "patches", "pair.ko"))
		if err != nil {
			t.Fatal(err)
		}
		compared++
		if k.Vermagic == "" || k.Vermagic != p.Vermagic {
			t.Errorf("kernel %s says %q, the patch built for it %q", release, k.Vermagic, p.Vermagic)
		}
	}
	if compared == 0 {
		needLab(t, "the kernels are not unpacked in .kernels: lab/fetch-kernels.sh does that")
	}
}
