// SPDX-License-Identifier: GPL-2.0-only

// Package proof repeats, on the host that is to be patched, what was proved where the patch was built: that the source
// of the fix is the code of this kernel. A patch's module carries what the compiler made of the original source, in a
// section that is not loaded; patchset/running compares that with the kernel's code here, function by function, and
// says where each symbol must be that the patch refers to.
//
// The proof is of the files that the kernel was started from, tied to it by build ID. It does not prove that nobody has
// changed the running code since; only that this kernel is the one that the patch was made for.
package proof

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"spotos/internal/ko"
)

// Section is the section of a patch's module that has its originals: a tar archive, packed with gzip, in which
// OBJECT/FILE is what the compiler made of that file of the source, which is a part of that object.
const Section = ".spotos.proof"

// Original is what the compiler made of a file of the kernel's source before the fix.
type Original struct {
	Object string // running.VMLinux, or the name of the module that it is a part of
	File   string // of the source: net/ipv4/raw.c
	Data   []byte // an ELF file
}

// maxOriginals bounds what an archive may make the reader hold, in bytes.
const maxOriginals = ko.MaxModule

// Pack returns the content of the section that has these originals: the same for the same.
func Pack(originals []Original) ([]byte, error) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zip)
	for _, o := range originals {
		err := archive.WriteHeader(&tar.Header{Name: o.Object + "/" + o.File, Mode: 0o644, Size: int64(len(o.Data))})
		if err == nil {
			_, err = archive.Write(o.Data)
		}
		if err != nil {
			return nil, fmt.Errorf("packing the original of %s: %w", o.File, err)
		}
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		return nil, fmt.Errorf("packing the originals: %w", err)
	}
	return packed.Bytes(), nil
}

// unpack reads the section of a module.
func unpack(data []byte) ([]Original, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var originals []Original
	limited := &io.LimitedReader{R: zip, N: maxOriginals}
	for archive := tar.NewReader(limited); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		object, file, ok := strings.Cut(header.Name, "/")
		if !ok || object == "" || file == "" {
			return nil, fmt.Errorf("%q names no object and file", header.Name)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		originals = append(originals, Original{Object: object, File: file, Data: content})
	}
	// The archive ends before the checksum of what it was packed with.
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return nil, err
	}
	if limited.N == 0 {
		return nil, fmt.Errorf("it unpacks to more than %d MiB", maxOriginals>>20)
	}
	if len(originals) == 0 {
		return nil, errors.New("it is empty")
	}
	return originals, nil
}
