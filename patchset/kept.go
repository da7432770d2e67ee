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
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keepDir is where lists of the running kernel are kept until the next boot. Only root writes there. Tests change it.
var keepDir = "/run/spotos"

// keptMagic begins a kept list; a program that keeps other lists has another one.
const keptMagic = "spotos list 1\n"

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
func keep(root fs.FS, name string, words []uint64, text []byte) {
	id, err := boot(root)
	if err != nil || os.MkdirAll(keepDir, 0o755) != nil || !onlyRoots(keepDir) {
		return
	}
	file, err := os.CreateTemp(keepDir, "."+name+".*")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	var head bytes.Buffer
	head.WriteString(keptMagic + id)
	for head.Len()%8 != 0 { // the words behind it are aligned
		head.WriteByte('\n')
	}
	size := [2]uint64{uint64(len(words)), uint64(len(text))}
	bin := func(v any) {
		if err == nil {
			err = binary.Write(&head, binary.NativeEndian, v)
		}
	}
	bin(size)
	bin(words)
	head.Write(text)
	if _, wrote := file.Write(head.Bytes()); err != nil || wrote != nil || file.Close() != nil {
		return
	}
	_ = os.Rename(file.Name(), filepath.Join(keepDir, name))
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
	return unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_POPULATE)
}

// onlyRoots reports whether nobody but root can change a file or what is in a directory.
func onlyRoots(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Uid == 0 && st.Mode&0o022 == 0
}

const (
	keptSymbolsName = "symbols"
	keptSitesName   = "sites"
)

// keptHead is how many words stand before those of the symbols.
const keptHead = 3

// keptText marks a function among the kept symbols.
const keptText = 1 << 63

// keptSymbols returns the kernel's own symbols as they were kept. If they were not it reads all, and keeps them. Where
// the kernel hides addresses now nothing that was kept is shown.
func keptSymbols(root fs.FS) (*Symbols, error) {
	if CheckAddresses(root) == nil {
		if words, names, err := kept(root, keptSymbolsName); err == nil && len(words) >= keptHead {
			return symbolsFrom(words, names), nil
		}
	}
	s, err := readSymbols(root, nil)
	if err == nil && !s.hidden {
		words, names := s.pack()
		keep(root, keptSymbolsName, words, names)
	}
	return s, err
}

// pack returns the kernel's own symbols as they are kept: for each its address, where its name begins, and its index
// into byAddr.
func (s *Symbols) pack() (words []uint64, names []byte) {
	words = append(words, s.init[0], s.init[1], s.end)
	order := make([]int32, 0, s.owned)
	for _, i := range s.byAddr {
		if int(i) < s.owned {
			order = append(order, i)
		}
	}
	for i := range s.owned {
		symbol := &s.all[i]
		name := uint64(len(names))<<16 | uint64(len(symbol.Name))
		if symbol.Text {
			name |= keptText
		}
		words = append(words, symbol.Addr, name, uint64(order[i]))
		names = append(names, symbol.Name...)
	}
	return words, names
}

// symbolsFrom returns the symbols that pack has packed.
func symbolsFrom(words []uint64, names string) *Symbols {
	n := (len(words) - keptHead) / 3
	s := &Symbols{all: make([]Symbol, n), byAddr: make([]int32, n), owned: n, modulesFrom: n,
		init: [2]uint64{words[0], words[1]}, end: words[2]}
	for i := range n {
		w := words[keptHead+3*i : keptHead+3*i+3]
		begin := (w[1] &^ keptText) >> 16
		s.all[i] = Symbol{Addr: w[0], Name: names[begin : begin+w[1]&0xffff], Text: w[1]&keptText != 0}
		s.byAddr[i] = int32(w[2])
	}
	return s
}

// keptSites returns the sites in the kernel itself, as keptSymbols does the symbols.
func keptSites(root fs.FS, symbols func() (*Symbols, error)) (*traceable, error) {
	if CheckAddresses(root) == nil {
		if words, _, err := kept(root, keptSitesName); err == nil {
			return &traceable{sites: words, part: true}, nil
		}
	}
	t, err := readSites(root, symbols)
	own, unread := symbols()
	if err != nil || unread != nil {
		return t, err
	}
	t.part = len(own.all) == own.owned // sites in modules were not found without their symbols
	if t.sites != nil && own.end > 0 {
		behind, _ := slices.BinarySearch(t.sites, own.end)
		keep(root, keptSitesName, t.sites[:behind], nil)
	}
	return t, err
}
