// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pierrec/lz4/v4"

	"spotos/internal/ko"
)

// Limits on what a kernel's file may make the reader hold. Debian's kernels unpack to 55 to 65 MB.
const (
	maxImage  = 256 << 20 // bytes of the file
	maxWindow = 128 << 20 // bytes of the packer's dictionary or window; a kernel is packed with 128 MiB at most
)

// Offsets of the boot header's fields in the file, and what they must hold: see the kernel's
// Documentation/arch/x86/boot.rst.
const (
	setupSectors  = 0x1f1
	headerMagic   = 0x202
	bootProtocol  = 0x206
	payloadOffset = 0x248
	payloadLength = 0x24c
	headerEnd     = 0x250

	sector         = 512
	oldestProtocol = 0x0208 // the first that says where the payload is
)

// foreign names the packings that a kernel may have and this package does not unpack, by their first bytes.
var foreign = []struct{ magic, name string }{
	{"\x5d\x00\x00", "LZMA"},
	{"\x89LZO", "LZO"},
	{"BZh", "bzip2"},
}

// lz4Legacy is how the frame begins that lz4 -l makes. Kernels are packed in it, Debian's cloud kernels of 6.1 too.
const lz4Legacy = "\x02\x21\x4c\x18"

// unpacked unpacks a payload.
func unpacked(packed []byte) ([]byte, error) {
	limit := ko.Limit{Bytes: maxImage, Window: maxWindow}
	if !bytes.HasPrefix(packed, []byte(lz4Legacy)) {
		return ko.UnpackWithin(bytes.NewReader(packed), limit)
	}
	data, err := limit.Read(lz4.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("unpacking lz4: %w", err)
	}
	return data, nil
}

// payload returns the ELF file inside a bzImage (vmlinuz), unpacked.
func payload(image []byte) ([]byte, error) {
	packed, err := packedPayload(image)
	if err != nil {
		return nil, err
	}
	for _, f := range foreign {
		if bytes.HasPrefix(packed, []byte(f.magic)) {
			return nil, fmt.Errorf("the kernel in it is packed with %s, which is not supported: only xz, zstd, gzip and LZ4 are",
				f.name)
		}
	}
	// Behind the packed data, except gzip's, which ends so by itself, the kernel's build puts the unpacked length.
	if !bytes.HasPrefix(packed, []byte("\x1f\x8b")) {
		packed = packed[:len(packed)-4]
	}
	data, err := unpacked(packed)
	if err != nil {
		return nil, fmt.Errorf("%w: the file is damaged, install it again", err)
	}
	if !bytes.HasPrefix(data, []byte("\x7fELF")) {
		return nil, errors.New("what is packed in it is no ELF file, so it is no Linux kernel or one packed in an " +
			"unknown way: only xz, zstd, gzip and LZ4 are supported")
	}
	return data, nil
}

// packedPayload returns the part of a bzImage that its boot header calls the payload, at least 8 bytes.
func packedPayload(image []byte) ([]byte, error) {
	if len(image) < headerEnd || string(image[headerMagic:headerMagic+4]) != "HdrS" {
		return nil, errors.New("not a kernel image (bzImage): name the vmlinuz of the kernel's package")
	}
	field := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(image[at:])) }
	if protocol := binary.LittleEndian.Uint16(image[bootProtocol:]); protocol < oldestProtocol {
		return nil, fmt.Errorf("its boot protocol %#x is older than %#x and does not say where the kernel is in it",
			protocol, oldestProtocol)
	}
	setup := uint64(image[setupSectors])
	if setup == 0 {
		setup = 4
	}
	begin, length := (setup+1)*sector+field(payloadOffset), field(payloadLength)
	if length < 8 || begin > uint64(len(image)) || length > uint64(len(image))-begin {
		return nil, fmt.Errorf("the kernel in it would be at %d to %d of a file of %d bytes: it was cut off, install it "+
			"again", begin, begin+length, len(image))
	}
	return image[begin : begin+length], nil
}
