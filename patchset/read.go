// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/therootcompany/xz"
)

// Limits on what a file may make the reader hold. Real patches are far smaller.
const (
	maxModule = 64 << 20 // bytes of a module, unpacked
	maxDict   = 16 << 20 // bytes of an xz dictionary; kernels pack modules with 1 or 2 MiB
)

// format is SPOTOS_PATCH_FORMAT in include/spotos_patch.h.
const format = "1"

// ErrNotPatch says that a file is a kernel module, but neither a SPOTOS patch nor a livepatch module.
var ErrNotPatch = errors.New("not a patch: its .modinfo says neither spotos= nor livepatch=Y (spotos patch new starts one)")

var xzMagic = []byte("\xfd7zXZ\x00")

// Read reads a patch's module, plain or packed with xz, without loading it.
//
// Returns ErrNotPatch for other modules.
func Read(path string) (*Patch, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading patch: %w", err)
	}
	defer file.Close()
	data, err := readModule(file)
	if err != nil {
		return nil, fmt.Errorf("reading patch %s: %w", path, err)
	}
	p, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading patch %s: %w", path, err)
	}
	p.Path = path
	return p, nil
}

// readModule returns the bytes of a module, unpacked.
func readModule(r io.Reader) ([]byte, error) {
	data, err := readBounded(r)
	if err != nil || !bytes.HasPrefix(data, xzMagic) {
		return data, err
	}
	unpacked, err := xz.NewReader(bytes.NewReader(data), maxDict)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	data, err = readBounded(unpacked)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	return data, nil
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	if err == nil && len(data) > maxModule {
		err = fmt.Errorf("longer than %d MiB, which no patch is: strip it of its debugging information", maxModule>>20)
	}
	return data, err
}

func parse(data []byte) (*Patch, error) {
	obj, err := newObject(data)
	if err != nil {
		return nil, err
	}
	info, err := obj.modinfo()
	if err != nil {
		return nil, err
	}
	p := &Patch{
		Module:      info.first("name"),
		Name:        DisplayName(info.first("name")),
		Title:       info.first("spotos_title"),
		Description: info.first("description"),
		Severity:    info.first("spotos_severity"),
		References:  info["spotos_reference"],
		Look:        info.first("spotos_look"),
		Vermagic:    info.first("vermagic"),
		Depends:     strings.FieldsFunc(info.first("depends"), func(r rune) bool { return r == ',' }),
		Livepatch:   info.first("livepatch") == "Y",
	}
	isPatch := len(info["spotos"]) > 0
	switch {
	case !isPatch && !p.Livepatch:
		return nil, ErrNotPatch
	case isPatch && p.Livepatch:
		return nil, errors.New("says both spotos= and livepatch=Y: it can be switched by one of them only")
	case isPatch && info.first("spotos") != format:
		return nil, fmt.Errorf("is of patch format %q, this is a reader of format %s: build both from one version of SPOTOS", info.first("spotos"), format)
	case p.Module == "" || p.Vermagic == "":
		return nil, errors.New("its .modinfo lacks name= or vermagic=: build it with kbuild")
	}
	if p.Livepatch {
		p.Functions, err = obj.livepatchFunctions()
	} else {
		p.Functions, err = obj.functions()
	}
	if p.Title == "" {
		p.Title = p.Description
	}
	return p, err
}
