// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// bzImage puts a packed kernel behind a boot header, as the kernel's build does.
func bzImage(packed []byte) []byte {
	const setup, before = 2, 100 // sectors of setup code; bytes of code before the payload
	image := make([]byte, (setup+1)*sector+before)
	image[setupSectors] = setup
	copy(image[headerMagic:], "HdrS")
	binary.LittleEndian.PutUint16(image[bootProtocol:], 0x20f)
	binary.LittleEndian.PutUint32(image[payloadOffset:], before)
	binary.LittleEndian.PutUint32(image[payloadLength:], uint32(len(packed)))
	return append(append(image, packed...), "something behind it"...)
}

// packed returns data as kernels are packed, by the packer's name. All but gzip's has the length of data behind it.
func packed(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
	xz := exec.Command("xz", "--check=crc32", "--x86", "--lzma2=dict=32MiB", "--stdout")
	xz.Stdin = bytes.NewReader(data)
	byXZ, err := xz.Output()
	if err != nil {
		t.Fatalf("packing with xz: %v", err)
	}
	var byGzip bytes.Buffer
	w := gzip.NewWriter(&byGzip)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	var byLZ4 bytes.Buffer
	l := lz4.NewWriter(&byLZ4)
	if err := errors.Join(l.Apply(lz4.LegacyOption(true)), second(l.Write(data)), l.Close()); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"xz": append(byXZ, length...), "gzip": byGzip.Bytes(),
		"zstd": append(z.EncodeAll(data, nil), length...), "lz4": append(byLZ4.Bytes(), length...)}
}

func second(_ int, err error) error { return err }

// image links a kernel that has a table of symbols, and returns its ELF file.
func image(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	table, source := filepath.Join(dir, "table"), filepath.Join(dir, "table.s")
	for file, data := range map[string][]byte{table: layouts[2].encode(manySymbols(true)),
		source: []byte(".section .rodata, \"a\"\n.balign 4096\n.incbin \"" + table + "\"\n")} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	object := filepath.Join(dir, "table.o")
	run(t, "gcc", "-c", "-o", object, source)
	return link(t, object, compile(t, "two.c"))
}

// TestKernel reads a kernel packed in each way, and refuses each when its end is missing.
func TestKernel(t *testing.T) {
	data := image(t)
	for name, packed := range packed(t, data) {
		whole := bzImage(packed)
		code, err := Kernel(whole)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := len(code.Symbols()); n != len(manySymbols(true)) || len(code.BuildID) != 40 || code.Object != VMLinux {
			t.Errorf("%s: %d symbols, build ID %q, object %q", name, n, code.BuildID, code.Object)
		}
		if _, err := Kernel(whole[:len(whole)-100]); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("%s, cut off: %v", name, err)
		}
		half := bzImage(packed[:len(packed)/2])
		if _, err := Kernel(half); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("half of %s: %v", name, err)
		}
	}
}

// TestNotAKernel says what is wrong with other files.
func TestNotAKernel(t *testing.T) {
	old := bzImage(make([]byte, 100))
	old[bootProtocol] = 7
	for want, data := range map[string][]byte{
		"not a kernel image":                       []byte("#!/bin/sh\n"),
		"not supported: only xz, zstd, gzip and":   bzImage([]byte("BZh and more")),
		"unpacking lz4":                            bzImage([]byte("\x02\x21\x4c\x18\x10\x00\x00\x00 and more")),
		"packed with LZO":                          bzImage([]byte("\x89LZO and more")),
		"is older than":                            old,
		"no ELF file":                              bzImage(make([]byte, 100)),
		"no symbol table of a known layout":        bzImage(append(link(t, compile(t, "two.c")), 0, 0, 0, 0)),
		"the kernel in it: ":                       bzImage([]byte("\x7fELF and nothing")),
		"cut off, install it again":                bzImage(make([]byte, 100))[:1700],
		"the kernel in it is not for x86-64: ET_R": bzImage(append(objectBytes(t), 0, 0, 0, 0)),
	} {
		if _, err := Kernel(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func objectBytes(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(compile(t, "two.c"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzKernel feeds the reader images that no kernel's build made: it must not panic.
func FuzzKernel(f *testing.F) {
	f.Add(bzImage([]byte("\x7fELF\x02\x01\x01 and more")))
	f.Add(bzImage([]byte("\xfd7zXZ\x00 and more")))
	f.Add([]byte("HdrS"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if code, err := Kernel(data); err == nil && code.BuildID == "" {
			t.Error("a kernel without build ID was read")
		}
		// What is in an image is seldom reached by changing its bytes.
		if code, err := vmlinux(data); err == nil && code.BuildID == "" {
			t.Error("a kernel without build ID was read")
		}
	})
}
