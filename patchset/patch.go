// SPDX-License-Identifier: GPL-2.0-only

// Package patchset reads a patch's module without loading it and judges it against a kernel. The header that patch
// authors include and the catalogue's sources stand beside it.
//
// A Patch holds what one file says and does not change. A Kernel and its Owners describe one moment: read them again
// after a module was loaded or a patch was switched, or a verdict describes the past.
package patchset

import (
	"crypto/sha256"
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

// Function is a kernel function that a patch replaces.
type Function struct {
	Name        string // as in /proc/kallsyms
	Object      string // VMLinux, or the name of the module it lives in
	Replacement string // symbol that takes its place, "" if the file has no name for it
}

// Patch holds what a patch's module says of itself.
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
	Livepatch   bool     // the kernel's livepatch switches it, not spotos.ko
	Functions   []Function
	Sum         [sha256.Size]byte // of the module, unpacked
}

// Unread says which files of a catalogue cannot be read.
type Unread struct{ Files []UnreadFile }

// UnreadFile is one of them.
type UnreadFile struct {
	Path string
	Err  error // names the file
}

func (u *Unread) Error() string {
	var texts []string
	for _, f := range u.Files {
		texts = append(texts, f.Err.Error())
	}
	return strings.Join(texts, "\n")
}

// Release returns the release of the kernel that the patch was built for.
func (p *Patch) Release() string {
	release, _, _ := strings.Cut(p.Vermagic, " ")
	return release
}

// DisplayName returns a patch's name as people read it: dashes for underscores.
func DisplayName(module string) string { return strings.ReplaceAll(module, "_", "-") }

// ModuleName returns the kernel's name for the module of a patch: underscores for dashes.
func ModuleName(patch string) string { return strings.ReplaceAll(patch, "-", "_") }

// Find returns the patch of that name, spelled with dashes or underscores. The error lists the names there are.
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

// Dir reads every patch in a directory (NAME.ko, packed or not), sorted by name, and skips other modules. The error is
// an *Unread if files cannot be read; the patches beside them are returned with it.
func Dir(path string) ([]*Patch, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading the patches: %w", err)
	}
	var patches []*Patch
	var unread Unread
	for _, entry := range entries {
		if !ko.HasName(entry.Name()) {
			continue
		}
		file := filepath.Join(path, entry.Name())
		p, err := Read(file)
		if errors.Is(err, ErrNotPatch) {
			continue
		}
		if err != nil {
			unread.Files = append(unread.Files, UnreadFile{file, err})
			continue
		}
		patches = append(patches, p)
	}
	slices.SortFunc(patches, func(a, b *Patch) int { return strings.Compare(a.Name, b.Name) })
	if len(unread.Files) > 0 {
		return patches, &unread
	}
	return patches, nil
}
