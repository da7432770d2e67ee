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
	"strconv"
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
	Position    int    // among those of its name in its object, from 1 as /proc/kallsyms has them; 0: the only one
}

// Full returns the function's name as a patch and the module have it: with its position, if it has one.
func (f Function) Full() string {
	if f.Position == 0 {
		return f.Name
	}
	return fmt.Sprintf("%s,%d", f.Name, f.Position)
}

// Site returns the function's identity.
func (f Function) Site() Site { return SiteOf(f.Object, f.Full()) }

// Times says how often: "once", "3 times".
func Times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// SplitName splits "name,position", as a patch and the module have it. It returns position 0 for a bare name, and false
// for what is no position.
func SplitName(full string) (name string, position int, ok bool) {
	name, number, has := strings.Cut(full, ",")
	if !has {
		return name, 0, true
	}
	position, err := strconv.Atoi(number)
	return name, position, err == nil && position > 0
}

// SiteOf returns the identity of a function by its object and its name with position.
func SiteOf(object, full string) Site {
	name, position, _ := SplitName(full)
	if position == 1 {
		position = 0 // the first of its name, or the only one
	}
	return Site{Object: object, Function: name, Position: position}
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
	BuildID     string   // of the kernel that it was made for, in hexadecimal; "" for one by hand that uses exports only
	DiffSum     string   // hash of the fix that it was made of; "" for one by hand
	BuildIDs    []string // the same of modules, as MODULE=ID
	Builder     string   // the program that made it, with its version, or ""
	Author      string   // who wrote it, or ""
	Stays       []string // what may be called after a revert, so that its module stays loaded once it has been applied
	Depends     []string // modules that must be loaded before it
	Uses        []string // modules whose symbols it uses that are not exported, so that these must be loaded too
	Livepatch   bool     // the kernel's livepatch switches it, not spotos.ko
	Functions   []Function
	Sum         [sha256.Size]byte // of the module, unpacked
}

// ByHand reports whether somebody wrote the patch, so that nothing proves what it was made from.
func (p *Patch) ByHand() bool { return p.DiffSum == "" }

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

// StaysText says in a sentence that a patch's module stays loaded, and why.
func StaysText(stays []string) string {
	return "once applied, its module stays loaded until the machine is booted again, also after a revert: " +
		strings.Join(stays, ", ")
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
