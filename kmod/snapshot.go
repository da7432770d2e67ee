// SPDX-License-Identifier: GPL-2.0-only

package kmod

import "fmt"

// Snapshot is what the module reported of every loaded patch at one moment, in the order of loading.
type Snapshot []LoadedPatch

// LoadedPatch is a loaded patch with its functions.
type LoadedPatch struct {
	PatchStatus
	Functions []FuncStatus
}

// Snapshot asks for every patch and its functions. Every failure is an error, since a patch that the module could not
// be asked about may be armed or applied.
func (d *Device) Snapshot() (Snapshot, error) { return snapshot(d) }

// asked is what a snapshot needs of a Device.
type asked interface {
	Patches() ([]PatchStatus, error)
	Funcs(patch string) ([]FuncStatus, error)
}

func snapshot(d asked) (Snapshot, error) {
	list, err := d.Patches()
	if err != nil {
		return nil, fmt.Errorf("listing the patches: %w", err)
	}
	var all Snapshot
	for _, p := range list {
		funcs, err := d.Funcs(p.Name)
		if err != nil {
			return nil, fmt.Errorf("listing the functions of %s: %w", p.Name, err)
		}
		all = append(all, LoadedPatch{p, funcs})
	}
	return all, nil
}

// Patch returns the patch of that module; false if it is not loaded.
func (s Snapshot) Patch(module string) (LoadedPatch, bool) {
	for _, p := range s {
		if p.Name == module {
			return p, true
		}
	}
	return LoadedPatch{}, false
}
