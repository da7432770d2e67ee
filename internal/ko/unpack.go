// SPDX-License-Identifier: GPL-2.0-only

// Package ko reads kernel modules without loading them: it unpacks a .ko as distributions ship it, checks that it is a
// module for this architecture, and reads its .modinfo. What a file may make the reader hold is bounded.
package ko

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// Limits on what a file may make the reader hold. Real modules are far smaller.
const (
	MaxModule = 64 << 20 // bytes of a module, unpacked
	MaxWindow = 16 << 20 // bytes of a packer's dictionary or window; kernels pack modules with 1 to 8 MiB
)

// Limit is how much a file may make the reader hold.
type Limit struct {
	Bytes  int // unpacked
	Window int // bytes of a packer's dictionary or window
}

// packing is one way in which the kernel packs modules.
type packing struct {
	suffix string // of the file's name, after .ko
	magic  string // the file's first bytes
	open   func(io.Reader, Limit) (io.ReadCloser, error)
}

var packings = []packing{
	{".xz", "\xfd7zXZ\x00", func(r io.Reader, limit Limit) (io.ReadCloser, error) {
		x, err := xz.NewReader(r, uint32(limit.Window))
		if err != nil {
			return nil, err
		}
		return io.NopCloser(x), nil
	}},
	{".zst", "\x28\xb5\x2f\xfd", func(r io.Reader, limit Limit) (io.ReadCloser, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(limit.Window)))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}},
	{".gz", "\x1f\x8b", func(r io.Reader, _ Limit) (io.ReadCloser, error) { return gzip.NewReader(r) }},
}

// HasName says whether a file is a module by its name: NAME.ko, or that with the suffix of a packing.
func HasName(file string) bool {
	for _, p := range packings {
		file = strings.TrimSuffix(file, p.suffix)
	}
	return strings.HasSuffix(file, ".ko")
}

// Name returns the kernel's name for a module whose file is called NAME.ko: underscores for dashes.
func Name(file string) string {
	name, _, _ := strings.Cut(file, ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// ReadFile returns a module's bytes, unpacked. Where path itself does not exist, its packed form beside it is read.
func ReadFile(root fs.FS, path string) ([]byte, error) {
	file, err := root.Open(path)
	for _, p := range packings {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if packed, other := root.Open(path + p.suffix); !errors.Is(other, fs.ErrNotExist) {
			file, err = packed, other
		}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Unpack(file)
}

// Unpack returns a module's bytes. It knows how they are packed by the first of them.
func Unpack(r io.Reader) ([]byte, error) {
	return UnpackWithin(r, Limit{Bytes: MaxModule, Window: MaxWindow})
}

// UnpackWithin is Unpack with other limits, for what is packed as modules are but larger. What is not packed in a way
// that it knows is returned as it is.
func UnpackWithin(r io.Reader, limit Limit) ([]byte, error) {
	data, err := limit.Read(r)
	if err != nil {
		return nil, err
	}
	for _, p := range packings {
		if !bytes.HasPrefix(data, []byte(p.magic)) {
			continue
		}
		unpacked, err := p.unpack(data, limit)
		if err != nil {
			return nil, fmt.Errorf("unpacking %s: %w", strings.TrimPrefix(p.suffix, "."), err)
		}
		return unpacked, nil
	}
	return data, nil
}

func (p packing) unpack(data []byte, limit Limit) ([]byte, error) {
	r, err := p.open(bytes.NewReader(data), limit)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return limit.Read(r)
}

// Read reads all that there is, unless it is more.
func (l Limit) Read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(l.Bytes)+1))
	if err == nil && len(data) > l.Bytes {
		err = fmt.Errorf("longer than %d MiB, more than is ever needed: strip it of its debugging information", l.Bytes>>20)
	}
	return data, err
}
