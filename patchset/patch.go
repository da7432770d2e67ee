// SPDX-License-Identifier: GPL-2.0-only

// Package patchset knows what a patch is: it reads a patch's module without loading it, and judges it against
// the running kernel. The header that patch authors include and the catalogue's sources stand beside it.
//
// A Patch is what one file says and does not change. A Kernel is what a kernel was at one moment: read it
// again after modules were loaded or a patch was switched, or a verdict speaks of the past.
package patchset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spotos/internal/ko"
)

// VMLinux is the object of functions that are built into the kernel itself.
const VMLinux = "vmlinux"

// Function is one function that a patch replaces.
type Function struct {
	Name        string // as in /proc/kallsyms
	Object      string // VMLinux, or the name of the module it lives in
	Replacement string // symbol that takes its place, "" where the file has no name for it
}

// Patch is what a patch's module says about itself.
type Patch struct {
	Name        string // of the module, with dashes for underscores
	Module      string // as the kernel knows it, with underscores
	Path        string
	Title       string
	Description string
	Severity    string // low, medium, high, critical, or "" where the author gave none
	References  []string
	Look        string   // a command that shows what the patch changes, or ""
	Vermagic    string   // the kernel it was built for: release and flags
	Depends     []string // modules that must be loaded before it
	Livepatch   bool     // switched by the kernel's livepatch and not by spotos.ko
	Functions   []Function
}

// Release returns the release of the kernel that the patch was built for.
func (p *Patch) Release() string {
	release, _, _ := strings.Cut(p.Vermagic, " ")
	return release
}

// DisplayName returns the name that a module's patch goes by: dashes for underscores.
func DisplayName(module string) string { return strings.ReplaceAll(module, "_", "-") }

// ModuleName returns the name that the kernel gives the module of a patch: underscores for dashes.
func ModuleName(patch string) string { return strings.ReplaceAll(patch, "-", "_") }

// Find returns the patch of that name, spelled with dashes or underscores. The error names what there is.
func Find(patches []*Patch, name string) (*Patch, error) {
	names := make([]string, 0, len(patches))
	for _, p := range patches {
		if p.Module == ModuleName(name) {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no patch %s: there are no patches here", name)
	}
	return nil, fmt.Errorf("no patch %s: there are %s", name, strings.Join(names, ", "))
}

// Dir reads every patch in a directory (NAME.ko, packed or not), sorted by name. Modules that are no patches
// are passed over. Files that cannot be read are told in the error; the patches beside them are returned all
// the same.
func Dir(path string) ([]*Patch, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading the patches: %w", err)
	}
	var patches []*Patch
	var errs []error
	for _, entry := range entries {
		if !ko.HasName(entry.Name()) {
			continue
		}
		p, err := Read(filepath.Join(path, entry.Name()))
		if errors.Is(err, ErrNotPatch) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		patches = append(patches, p)
	}
	slices.SortFunc(patches, func(a, b *Patch) int { return strings.Compare(a.Name, b.Name) })
	return patches, errors.Join(errs...)
}
