// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"spotos/internal/ko"
	"spotos/patchset"
)

// insmod loads a module's unpacked bytes; path names it in the error. A module that is loaded already is no error.
func insmod(data []byte, path string) error {
	err := unix.InitModule(data, "")
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("loading %s: %w (the kernel's log says more: dmesg; "+
			"spotos doctor says whether modules may be loaded)", path, err)
	}
	return nil
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
		dir, file := filepath.Dir(m.opts.Patches), dep+".ko"
		needed, err := ko.ReadFile(os.DirFS(dir), file)
		if errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("%s needs the module %s: modprobe %s first", p.Name, dep, dep)
		}
		if err == nil {
			err = insmod(needed, filepath.Join(dir, file))
		}
		if err != nil {
			return false, err
		}
	}
	return true, insmod(data, p.Path)
}
