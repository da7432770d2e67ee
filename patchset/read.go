// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"spotos/internal/ko"
)

// The formats, as in include/spotos_patch.h: one whose functions are found by their names, and one that says where they
// are.
const (
	format   = "1"
	formatAt = "2"
)

// ErrNotPatch is returned for a kernel module that is neither a SPOTOS patch nor a livepatch module.
var ErrNotPatch = errors.New("not a patch: its .modinfo says neither spotos= nor livepatch=Y (spotos patch new " +
	"starts one)")

// Read reads a patch's module, plain or packed, without loading it.
//
// Returns ErrNotPatch for other modules.
func Read(path string) (*Patch, error) {
	data, err := unpack(path)
	if err != nil {
		return nil, err
	}
	p, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading patch %s: %w", path, err)
	}
	p.Path, p.Sum = path, sha256.Sum256(data)
	return p, nil
}

// Code returns the module's bytes, unpacked, as Read has read them. It reads them again, and returns an error if they
// are others.
func (p *Patch) Code() ([]byte, error) {
	data, err := unpack(p.Path)
	if err == nil && sha256.Sum256(data) != p.Sum {
		err = fmt.Errorf("%s has changed since it was read: try again", p.Path)
	}
	return data, err
}

func unpack(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading patch: %w", err)
	}
	defer file.Close()
	data, err := ko.Unpack(file)
	if err != nil {
		return nil, fmt.Errorf("reading patch %s: %w", path, err)
	}
	return data, nil
}

func parse(data []byte) (*Patch, error) {
	obj, err := newObject(data)
	if err != nil {
		return nil, err
	}
	info, err := obj.Modinfo()
	if err != nil {
		return nil, err
	}
	if err := checkSeal(info, data); err != nil {
		return nil, err
	}
	p := &Patch{
		Module:      info.First("name"),
		Name:        DisplayName(info.First("name")),
		Title:       info.First("spotos_title"),
		Description: info.First("description"),
		Severity:    info.First("spotos_severity"),
		References:  info["spotos_reference"],
		Look:        info.First("spotos_look"),
		Vermagic:    info.First("vermagic"),
		BuildID:     info.First("spotos_build_id"),
		BuildIDs:    info["spotos_build_id_of"],
		DiffSum:     info.First("spotos_diff_sha256"),
		Builder:     info.First("spotos_built_by"),
		Author:      info.First("author"),
		Stays:       info["spotos_stays"],
		Depends:     info.Depends(),
		Uses:        obj.lateModules(),
		Livepatch:   info.First("livepatch") == "Y",
	}
	isPatch := len(info["spotos"]) > 0
	switch {
	case !isPatch && !p.Livepatch:
		return nil, ErrNotPatch
	case isPatch && p.Livepatch:
		return nil, errors.New("says both spotos= and livepatch=Y: it can be switched by one of them only")
	case isPatch && info.First("spotos") != format && info.First("spotos") != formatAt:
		return nil, fmt.Errorf("is of patch format %q, this is a reader of the formats %s and %s: build both from one "+
			"version of SPOTOS", info.First("spotos"), format, formatAt)
	case p.Module == "" || p.Vermagic == "":
		return nil, errors.New("its .modinfo lacks name= or vermagic=: build it with kbuild")
	}
	if p.Livepatch {
		p.Functions, err = obj.livepatchFunctions()
	} else {
		p.Functions, err = obj.functions()
		if err == nil && info.First("spotos") == formatAt {
			err = obj.checkOriginals(p.Functions)
		}
	}
	if p.Title == "" {
		p.Title = p.Description
	}
	return p, err
}

// checkSeal compares a module that was made of a fix with the hash in it. That a key which only such a module has was
// damaged itself is not enough to get past it: there are several.
func checkSeal(info ko.Modinfo, data []byte) error {
	for _, key := range []string{ko.SealKey, "spotos_build_id", "spotos_build_id_of", "spotos_diff_sha256"} {
		if len(info[key]) > 0 {
			return ko.CheckSeal(data)
		}
	}
	return nil
}
