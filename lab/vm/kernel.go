// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"spotos/internal/bzimage"
)

// A Kernel is a kernel that the lab can boot.
type Kernel struct {
	Release string // as uname -r prints it
	Image   string // bzImage
	Modules string // its module directory; empty if it has none
}

// FindKernel returns the kernel of that name: a series unpacked by lab/fetch-kernels.sh (6.1, 6.12-cloud), a
// directory laid out as those are, or a bzImage, whose modules are then looked for around it.
func FindKernel(name string) (Kernel, error) {
	path := name
	if !strings.ContainsRune(name, os.PathSeparator) {
		dir, err := seriesDir(name)
		if err != nil {
			return Kernel{}, err
		}
		path = dir
	}
	info, err := os.Stat(path)
	if err != nil {
		return Kernel{}, fmt.Errorf("finding kernel %s: %w", name, err)
	}
	image := path
	if info.IsDir() {
		image = filepath.Join(path, "vmlinuz")
	}
	release, err := imageRelease(image)
	if err != nil {
		return Kernel{}, fmt.Errorf("finding kernel %s: %w", name, err)
	}
	return Kernel{Release: release, Image: image, Modules: modulesFor(image, release)}, nil
}

// seriesDir finds .kernels/SERIES beside the executable's directory or in the working directory.
func seriesDir(series string) (string, error) {
	places := []string{".kernels"}
	if exe, err := os.Executable(); err == nil {
		places = append([]string{filepath.Join(filepath.Dir(exe), "..", ".kernels")}, places...)
	}
	for _, place := range places {
		dir := filepath.Join(place, series)
		if _, err := os.Stat(filepath.Join(dir, "vmlinuz")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", fmt.Errorf("finding kernel %s: %w in %s: fetch it with lab/fetch-kernels.sh .kernels %s, or name a "+
		"vmlinuz by its path",
		series, fs.ErrNotExist, strings.Join(places, " or "), series)
}

// imageRelease reads the release from a bzImage's header.
func imageRelease(path string) (string, error) {
	version, err := bzimage.Version(path)
	release, _, _ := strings.Cut(version, " ")
	return release, err
}

// modulesFor returns the directory of a kernel's modules, "" if they are in none of the usual places.
func modulesFor(image, release string) string {
	dir := filepath.Dir(image)
	for _, place := range []string{
		filepath.Join(dir, "modules"),
		filepath.Join(dir, "lib/modules", release),
		filepath.Join(dir, "..", "lib/modules", release),
		filepath.Join("/lib/modules", release),
	} {
		if _, err := os.Stat(filepath.Join(place, "modules.order")); err == nil {
			return place
		}
	}
	return ""
}
