// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"spotos/internal/ko"
	"spotos/patchset"
)

// insmod loads a module's unpacked bytes; path names it in the error. A module that is loaded already is no error.
func insmod(data []byte, path string) error {
	log := beginLog()
	defer log.close()
	err := unix.InitModule(data, "")
	if err == nil || errors.Is(err, unix.EEXIST) {
		return nil
	}
	return notLoaded(path, err, about(log.since(), ko.Name(filepath.Base(path))))
}

// beside is the directory of the modules that load brings with a patch.
func (m *Machine) beside() string { return filepath.Dir(m.opts.Patches) }

// brings reports whether load loads a module before the patch.
func (m *Machine) brings(p *patchset.Patch, module string) bool {
	if !slices.Contains(p.Depends, module) {
		return false
	}
	_, err := os.Stat(filepath.Join(m.beside(), module+".ko"))
	return err == nil
}

// load loads the patch's module, and the modules beside the catalogue that it needs. That changes no function. It
// returns whether it has loaded the patch: false if the patch was loaded already.
func (m *Machine) load(p *patchset.Patch) (bool, error) {
	have, err := loadedModules()
	if err != nil {
		return false, err
	}
	if slices.Contains(have, p.Module) {
		return false, nil
	}
	// The kernel gets the bytes that were judged, unpacked here: not every kernel unpacks every packing.
	data, err := p.Code()
	if err != nil {
		return false, err
	}
	for _, dep := range p.Depends {
		if slices.Contains(have, dep) {
			continue
		}
		if !m.brings(p, dep) {
			return false, errors.New(p.Needs(dep).String())
		}
		needed, err := ko.ReadFile(os.DirFS(m.beside()), dep+".ko")
		if err == nil {
			err = insmod(needed, filepath.Join(m.beside(), dep+".ko"))
		}
		if err != nil {
			return false, fmt.Errorf("%s needs module %s: %w", p.Name, dep, err)
		}
	}
	return true, insmod(data, p.Path)
}
