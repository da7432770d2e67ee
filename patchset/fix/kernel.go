// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/patchset/running"
)

// Kernel is a kernel that patches are made for.
type Kernel struct {
	Release string // as uname -r prints it
	Headers string // directory of its headers, configured
	Image   string // vmlinuz
	Modules string // directory of its modules
}

// Running is the name of the kernel that runs.
const Running = "running"

// FindKernel returns the kernel of a name: Running, the release of one that is installed, or a directory with build,
// vmlinuz, release and modules in it, as lab/fetch-kernels.sh makes them.
func FindKernel(name string) (*Kernel, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return kernelIn(name)
	}
	if name == Running {
		var uts unix.Utsname
		if err := unix.Uname(&uts); err != nil {
			return nil, fmt.Errorf("asking for the kernel's release: %w", err)
		}
		name = unix.ByteSliceToString(uts.Release[:])
	}
	k := &Kernel{Release: name, Headers: filepath.Join("/lib/modules", name, "build"),
		Image: filepath.Join("/boot", "vmlinuz-"+name), Modules: filepath.Join("/lib/modules", name)}
	return k, k.check()
}

func kernelIn(dir string) (*Kernel, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	release, err := os.ReadFile(filepath.Join(dir, "release"))
	if err != nil {
		return nil, fmt.Errorf("finding a kernel in %s: %w: lab/fetch-kernels.sh makes such a directory", dir, err)
	}
	k := &Kernel{Release: string(bytes.TrimSpace(release)), Headers: filepath.Join(dir, "build"),
		Image: filepath.Join(dir, "vmlinuz"), Modules: filepath.Join(dir, "modules")}
	return k, k.check()
}

// check looks whether all of the kernel is there, and belongs together.
func (k *Kernel) check() error {
	for _, part := range []struct{ path, from string }{
		{k.Image, "linux-image-" + k.Release}, {k.Modules, "linux-image-" + k.Release},
		{filepath.Join(k.Headers, "Makefile"), "linux-headers-" + k.Release},
	} {
		if _, err := os.Stat(part.path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("kernel %s is not here whole: there is no %s: the package %s has it; one that is not installed "+
				"is named by its directory, such as .kernels/6.12 in the lab", k.Release, part.path, part.from)
		} else if err != nil {
			return fmt.Errorf("finding kernel %s: %w", k.Release, err)
		}
	}
	of, err := ReleaseOf(k.Headers)
	if err == nil && of != k.Release {
		err = fmt.Errorf("the headers in %s are of kernel %s and not of %s", k.Headers, of, k.Release)
	}
	return err
}

var utsRelease = regexp.MustCompile(`(?m)^#define UTS_RELEASE "([^"]+)"`)

// ReleaseOf returns the release of the kernel that headers are of, as uname -r prints it. Debian's
// include/config/kernel.release has another text: what kernel.org calls that version.
func ReleaseOf(headers string) (string, error) {
	const file = "include/generated/utsrelease.h"
	text, err := os.ReadFile(filepath.Join(headers, file))
	if err != nil {
		return "", fmt.Errorf("reading the kernel's release from its headers: %w", err)
	}
	match := utsRelease.FindSubmatch(text)
	if match == nil {
		return "", fmt.Errorf("reading the kernel's release from its headers: %s does not have it", file)
	}
	return string(match[1]), nil
}

// ModuleFile returns the file of a module, relative to the directory of modules. Where there are several of that name
// it is not known which one is loaded.
func (k *Kernel) ModuleFile(name string) (string, error) {
	found, err := running.ModuleFiles(os.DirFS(k.Modules), ".", name)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("kernel %s has no module %s in %s", k.Release, name, k.Modules)
	case len(found) > 1:
		return "", one(name, fmt.Sprintf("is the name of %d modules in %s: %s", len(found), k.Modules,
			strings.Join(found, ", ")), "leave only the one that is loaded")
	}
	return found[0], nil
}

// ReadModule reads the code of a module. One without a build ID is an error: nobody could tell whether it is the one
// that is loaded.
func (k *Kernel) ReadModule(name string) (*running.Code, error) {
	file, err := k.ModuleFile(name)
	if err != nil {
		return nil, err
	}
	code, err := running.ReadModule(os.DirFS(k.Modules), file)
	if err != nil {
		return nil, err
	}
	if code.BuildID == "" {
		return nil, fmt.Errorf("module %s has no build ID, so it cannot be told whether it is the one that is loaded", name)
	}
	return code, nil
}

// KernelOf returns the kernel that headers belong to: the one whose directory they are in, if lab/fetch-kernels.sh made
// that, or the installed one of their release.
func KernelOf(headers string) (*Kernel, error) {
	if dir := filepath.Dir(filepath.Clean(headers)); filepath.IsAbs(dir) {
		if _, err := os.Stat(filepath.Join(dir, "vmlinuz")); err == nil {
			return kernelIn(dir)
		}
	}
	release, err := ReleaseOf(headers)
	if err != nil {
		return nil, err
	}
	return FindKernel(release)
}
