// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keepDir is where lists of the running kernel are kept until the next boot. Only root writes there. Tests change it.
var keepDir = "/run/spotos"

// keptMagic begins a kept list; a program that keeps other lists has another one.
const keptMagic = "spotos list 2\n"

// boot returns what tells this boot from any other, and the kernel from any other.
func boot(root fs.FS) (string, error) {
	id, err := fs.ReadFile(root, "proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	version, err := fs.ReadFile(root, "proc/sys/kernel/version")
	return strings.TrimSpace(string(id)) + "\n" + strings.TrimSpace(string(version)) + "\n", err
}

// keep writes a list, so that it is there whole or not at all. Where it cannot be kept it is read again next time.
func keep(root fs.FS, name string, words []uint64, text string) {
	id, err := boot(root)
	if err != nil || os.MkdirAll(keepDir, 0o755) != nil || !onlyRoots(keepDir) {
		return
	}
	file, err := os.CreateTemp(keepDir, "."+name+".*")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	head := []byte(keptMagic + id)
	for len(head)%8 != 0 { // the words behind it are aligned
		head = append(head, '\n')
	}
	head = binary.NativeEndian.AppendUint64(head, uint64(len(words)))
	head = binary.NativeEndian.AppendUint64(head, uint64(len(text)))
	for _, part := range [][]byte{head, bytesOf(words), unsafe.Slice(unsafe.StringData(text), len(text))} {
		_, wrote := file.Write(part)
		err = errors.Join(err, wrote)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return
	}
	_ = os.Rename(file.Name(), filepath.Join(keepDir, name))
}

// bytesOf returns the bytes of words, as they lie in memory.
func bytesOf(words []uint64) []byte {
	if len(words) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))
}

var errNotKept = errors.New("not kept")

// kept returns a list that was kept in this boot. The parts are mapped from the file and not copied: do not change
// them.
func kept(root fs.FS, name string) (words []uint64, text string, err error) {
	id, err := boot(root)
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(keepDir, name)
	if !onlyRoots(keepDir) || !onlyRoots(path) {
		return nil, "", errNotKept
	}
	data, err := mapFile(path)
	if err != nil {
		return nil, "", err
	}
	at := (len(keptMagic) + len(id) + 7) &^ 7
	if len(data) < at+16 || !bytes.HasPrefix(data, []byte(keptMagic+id)) {
		_ = unix.Munmap(data)
		return nil, "", errNotKept
	}
	n, length := binary.NativeEndian.Uint64(data[at:]), binary.NativeEndian.Uint64(data[at+8:])
	if rest := uint64(len(data) - at - 16); n > rest/8 || rest-8*n != length {
		_ = unix.Munmap(data)
		return nil, "", fmt.Errorf("%s is not whole", path)
	}
	data = data[at+16:]
	if n > 0 {
		words = unsafe.Slice((*uint64)(unsafe.Pointer(&data[0])), n)
	}
	if length > 0 {
		text = unsafe.String(&data[8*n], length)
	}
	return words, text, nil
}

// mapFile maps a file, which nobody writes to any more, for as long as the process runs.
func mapFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, errNotKept
	}
	return unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
}

// onlyRoots reports whether nobody but root can change a file or what is in a directory.
func onlyRoots(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Uid == 0 && st.Mode&0o022 == 0
}
