// SPDX-License-Identifier: GPL-2.0-only

package proof

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/running"
)

// code reads an object's code, the first time that it is asked for. It returns nil if that cannot be read, or if it is
// not known to be what runs, and has refused the patch then.
func (r *repeater) code(object string) *running.Code {
	if code, read := r.codes[object]; read {
		return code
	}
	var code *running.Code
	var err error
	if object == running.VMLinux {
		code, err = r.vmlinux()
	} else {
		code, err = r.module(object)
	}
	if err != nil {
		what := "the source of " + r.patch.Name + " is the code of " + object
		if r.patch.ByHand() {
			what = "the symbols that " + r.patch.Name + " uses are where it has them in " + object
		}
		r.refuse(patchset.Unknown, "", fmt.Sprintf("whether %s is unknown: %v", what, err), "run as root, with the "+
			"kernel's package as it was when it was started, or the module loaded")
	}
	r.codes[object] = code
	return code
}

// vmlinux reads the kernel itself from the image that it was started from.
func (r *repeater) vmlinux() (*running.Code, error) {
	image := "boot/vmlinuz-" + r.kernel.Release
	r.say("unpacking and reading /" + image)
	notes, err := fs.ReadFile(r.root, "sys/kernel/notes")
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's build ID: %w", err)
	}
	code, err := running.ReadImage(r.root, image)
	if err != nil {
		return nil, err
	}
	if id := ko.BuildID(notes); code.BuildID != id {
		return nil, fmt.Errorf("/%s has the build ID %s, and the kernel that runs has %s: another version of it was "+
			"installed since it was started", image, code.BuildID, cmp.Or(id, "none"))
	}
	return code, nil
}

// module reads a module from the file that the one which is loaded was loaded from: the one with its build ID. Where it
// is not loaded yet, it is the one that the patch was made for.
func (r *repeater) module(name string) (*running.Code, error) {
	id, err := r.moduleID(name)
	if err != nil {
		return nil, err
	}
	dir := path.Join("lib/modules", r.kernel.Release)
	files, err := running.ModuleFiles(r.root, dir, name)
	if err != nil {
		return nil, err
	}
	others := fmt.Errorf("there is no file of module %s under /%s", name, dir)
	for _, file := range files {
		r.say("reading /" + file)
		code, err := running.ReadModule(r.root, file)
		if err == nil && code.BuildID == id {
			return code, nil
		}
		if err == nil {
			err = fmt.Errorf("/%s has the build ID %s, and what is to be patched has %s", file, cmp.Or(code.BuildID, "none"), id)
		}
		others = err
	}
	return nil, others
}

// moduleID returns the build ID of a module.
func (r *repeater) moduleID(name string) (string, error) {
	notes, err := fs.ReadFile(r.root, path.Join("sys/module", name, "notes/.note.gnu.build-id"))
	if err == nil {
		if id := ko.BuildID(notes); id != "" {
			return id, nil
		}
		return "", fmt.Errorf("module %s has no build ID", name)
	}
	if !errors.Is(err, fs.ErrNotExist) || r.kernel.HasModule(name) {
		return "", fmt.Errorf("reading the build ID of module %s: %w", name, err)
	}
	for _, entry := range r.patch.BuildIDs {
		if id, ok := strings.CutPrefix(entry, name+"="); ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("module %s is not loaded, and the patch does not say which build of it is meant", name)
}
