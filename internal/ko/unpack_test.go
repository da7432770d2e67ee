// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

// content is long enough that a packer cuts it into blocks.
var content = bytes.Repeat([]byte("a module\x00"), 1<<15)

// packed returns content as distributions pack modules, by the file's name.
func packed(t *testing.T) map[string][]byte {
	t.Helper()
	xz := exec.Command("xz", "--check=crc32", "--lzma2=dict=1MiB", "--stdout")
	xz.Stdin = bytes.NewReader(content)
	byXZ, err := xz.Output()
	if err != nil {
		t.Fatalf("packing with xz: %v", err)
	}
	var byGzip bytes.Buffer
	w := gzip.NewWriter(&byGzip)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"m.ko": content, "m.ko.xz": byXZ, "m.ko.gz": byGzip.Bytes(),
		"m.ko.zst": z.EncodeAll(content, nil)}
}

// TestUnpack unpacks each packing, and demands an error for a half of it.
func TestUnpack(t *testing.T) {
	for name, data := range packed(t) {
		if !HasName(name) || Name(name) != "m" {
			t.Errorf("%s is no module's name, or that of %q", name, Name(name))
		}
		if got, err := Unpack(bytes.NewReader(data)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(content), err)
		}
		if name == "m.ko" {
			continue
		}
		if _, err := Unpack(bytes.NewReader(data[:len(data)/2])); err == nil {
			t.Errorf("%s: half of it was unpacked without an error", name)
		}
	}
}

// TestReadFile finds the module under its plain name, whatever it is packed with.
func TestReadFile(t *testing.T) {
	for name, data := range packed(t) {
		if got, err := ReadFile(fstest.MapFS{name: {Data: data}}, "m.ko"); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(content), err)
		}
	}
	if _, err := ReadFile(fstest.MapFS{}, "m.ko"); err == nil || !strings.Contains(err.Error(), fs.ErrNotExist.Error()) {
		t.Errorf("without a file: %v", err)
	}
}

// TestUnpackBounded refuses a small file that unpacks to more than a module may have.
func TestUnpackBounded(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unpack(bytes.NewReader(z.EncodeAll(make([]byte, MaxModule+1),
		nil))); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a module of more than %d bytes: %v", MaxModule, err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{"a.ko": true, "a.ko.zst": true, "a.ko.bz2": false, "ko": false,
		"a.xz": false} {
		if HasName(name) != want {
			t.Errorf("HasName(%q) is %v", name, !want)
		}
	}
	if got := (Modinfo{"depends": {"spotos,crc32c-intel"}}).Depends(); len(got) != 2 || got[1] != "crc32c_intel" {
		t.Errorf("depends on %q", got)
	}
	if got := (Modinfo{"depends": {""}}).Depends(); len(got) > 0 {
		t.Errorf("depends on %q, want nothing", got)
	}
}
