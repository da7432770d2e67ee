// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"io"
	"io/fs"
	"slices"
	"unsafe"
)

// firstLength is how many bytes of a file readLong makes room for: the kernel does not say how long its lists are, and
// growing with one costs more than reading it.
const firstLength = 8 << 20

// readLong reads a list of the kernel.
func readLong(root fs.FS, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readAll(file)
}

// readAll reads a file to its end.
func readAll(file fs.File) (string, error) {
	room := firstLength
	if info, err := file.Stat(); err == nil && info.Size() > 0 {
		room = int(info.Size()) + 1
	}
	data := make([]byte, 0, room)
	for {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF && len(data) == 0:
			return "", nil
		case err == io.EOF:
			return unsafe.String(&data[0], len(data)), nil // nobody writes to it any more
		case err != nil:
			return "", err
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, len(data))
		}
	}
}
