// SPDX-License-Identifier: GPL-2.0-only

// Package byhand lets a patch that somebody wrote by hand use what the kernel does not export: static and other
// functions and variables of the kernel itself or of a module, which the patch declares extern. kbuild links such a
// patch with a warning for each. This package finds what they mean, in the files of the kernel that the patch is for,
// and turns them into livepatch relocations, which the kernel's loader resolves. What it does not find, or cannot tell
// from a namesake, it refuses, so that nothing undefined is left that nobody exports.
//
// The mistake that undoes this: linking against the files of another build than the one that will run. So the patch
// carries the build IDs, and patch check and apply compare them.
package byhand

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/running"
)

// Request is a module that kbuild has linked, and the kernel it is for.
type Request struct {
	Kernel  func() (*fix.Kernel, error) // asked if the module uses what is not exported
	Headers string                      // of the kernel: their Module.symvers is read
	Symvers []string                    // of other modules, spotos.ko among them
	Patch   *patchset.Patch             // as it was read from the module
}

// Use is a symbol that is not exported and that the patch uses.
type Use struct {
	Name string // in the patch's source
	build.Target
	By    string // the function whose code refers to it, which shows that it is the one; "" if nothing does
	Given bool   // the source says its position
	Near  string // which symbols it lies between
}

// String says in a sentence what is used, and how it was found.
func (u Use) String() string {
	what := fmt.Sprintf("it uses %s of %s, which is not exported: ", u.Target.Name, u.Object)
	switch {
	case u.By != "":
		return what + "the one that the code of " + u.By + " refers to"
	case u.Given:
		return fmt.Sprintf("%snumber %d of that name, as its source says, %s", what, u.Position, u.Near)
	}
	return what + "by its name alone, which is the only one, " + u.Near
}

// Uses are all symbols that a patch uses and that are not exported, and what must be done about them.
type Uses struct {
	List    []Use
	buildID string
	builds  map[string]string // of the modules that they lead into
	pins    []string          // symbols that those export, one each
	held    []string          // those that export none
}

// Find finds what the patch uses and the kernel does not export. It returns nil if there is nothing. What cannot be
// used is a *build.RefusedError. Reading the kernel takes seconds.
func Find(r Request) (*Uses, error) {
	data, err := r.Patch.Code()
	if err != nil {
		return nil, err
	}
	exports, err := fix.ReadExports(append([]string{filepath.Join(r.Headers, "Module.symvers")}, r.Symvers...)...)
	if err != nil {
		return nil, err
	}
	m, err := readModule(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", r.Patch.Path, err)
	}
	for _, fn := range r.Patch.Functions {
		by, exported := exports[fn.Name]
		if exported && by.Module == fn.Object && m.reaches(fn.Replacement, fn.Name) {
			return nil, itself(fn)
		}
	}
	m.undefined = slices.DeleteFunc(m.undefined, func(name string) bool {
		_, exported := exports[name]
		_, said := m.said[name]
		return (exported || m.versions[name]) && !said
	})
	if err := m.unused(); err != nil || len(m.undefined) == 0 {
		return nil, err
	}
	kernel, err := r.Kernel()
	if err != nil {
		return nil, fmt.Errorf("finding %s, which the kernel does not export: %w", strings.Join(m.undefined, ", "), err)
	}
	f := &finder{module: m, patch: r.Patch, kernel: kernel, codes: make(map[string]*running.Code)}
	if f.codes[running.VMLinux], err = running.ReadKernel(kernel.Image); err != nil {
		return nil, err
	}
	list, err := f.findAll()
	if err != nil {
		return nil, err
	}
	return f.uses(list, exports), nil
}

// uses says what else the patch needs for its symbols.
func (f *finder) uses(list []Use, exports fix.Exports) *Uses {
	u := &Uses{List: list, buildID: f.codes[running.VMLinux].BuildID, builds: make(map[string]string)}
	for _, use := range list {
		if use.Object != running.VMLinux {
			u.builds[use.Object] = f.codes[use.Object].BuildID
		}
	}
	for _, module := range slices.Sorted(maps.Keys(u.builds)) {
		if name := exports.Of(module); name != "" {
			u.pins = append(u.pins, name)
		} else {
			u.held = append(u.held, module)
		}
	}
	return u
}

// Link turns the references of a module, which was built with the header, into late ones, and seals it.
func (u *Uses) Link(module []byte) ([]byte, error) {
	targets := make(map[string]build.Target)
	for _, use := range u.List {
		targets[use.Name] = use.Target
	}
	for _, name := range u.held {
		targets[fix.ModuleSymbol(name)] = build.Target{Object: name, Name: "__this_module"}
	}
	linked, err := build.MakeLate(module, targets)
	if err != nil {
		return nil, err
	}
	if err := ko.Seal(linked); err != nil {
		return nil, fmt.Errorf("%w: it needs the spotos_patch.h that this version's spotos patch new writes, and "+
			"SPOTOS_PATCH() in one file", err)
	}
	return linked, nil
}
