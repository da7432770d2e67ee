// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
)

// TestReadPacked reads a patch that is packed as distributions pack modules. What is loaded of it is what was read.
func TestReadPacked(t *testing.T) {
	plain := filepath.Join(builds(t)[0], "patches", "pair.ko")
	want, err := patchset.Read(plain)
	if err != nil {
		t.Fatal(err)
	}
	code, err := want.Code()
	if err != nil {
		t.Fatal(err)
	}
	for suffix, packer := range map[string][]string{
		".xz":  {"xz", "--check=crc32", "--lzma2=dict=1MiB", "--stdout", plain},
		".zst": {"zstd", "--quiet", "--stdout", plain},
		".gz":  {"gzip", "--stdout", plain},
	} {
		t.Run(suffix, func(t *testing.T) {
			if _, err := exec.LookPath(packer[0]); err != nil {
				t.Skip(err)
			}
			packed, err := exec.Command(packer[0], packer[1:]...).Output()
			if err != nil {
				t.Fatalf("packing with %s: %v", packer[0], err)
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "pair.ko"+suffix)
			if err := os.WriteFile(path, packed, 0o600); err != nil {
				t.Fatal(err)
			}
			list, err := patchset.Dir(dir)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d patches, %v", len(list), err)
			}
			got := *list[0]
			if data, err := got.Code(); err != nil || !bytes.Equal(data, code) {
				t.Errorf("%d bytes would be loaded, not %d: %v", len(data), len(code), err)
			}
			got.Path = want.Path
			if diff := cmp.Diff(want, &got); diff != "" {
				t.Errorf("packed (-plain +packed):\n%s", diff)
			}
			if err := os.WriteFile(path, packed[:len(packed)/2], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := patchset.Read(path); err == nil {
				t.Error("half of a packed patch was read without an error")
			}
			if _, err := list[0].Code(); err == nil {
				t.Error("another file than was read would be loaded")
			}
			var unread *patchset.Unread
			if _, err := patchset.Dir(dir); !errors.As(err, &unread) || len(unread.Files) != 1 || unread.Files[0].Path != path {
				t.Errorf("the catalogue does not name what cannot be read: %v", err)
			}
		})
	}
}

// TestCodeChanged does not load a patch that is another one than was judged.
func TestCodeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ko")
	put := func(name string) {
		data, err := os.ReadFile(filepath.Join(builds(t)[0], "patches", name))
		if err == nil {
			err = os.WriteFile(path, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("pair.ko")
	p, err := patchset.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	put("no_oob.ko")
	if _, err := p.Code(); err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
		t.Errorf("another patch would be loaded: %v", err)
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
