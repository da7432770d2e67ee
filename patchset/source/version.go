// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"regexp"
)

var (
	versionForm = regexp.MustCompile(`^([0-9]+\.[0-9]+)(\.[0-9]+)?([-+~][0-9A-Za-z.+~-]*)?$`)
	bannerForm  = regexp.MustCompile(`\bDebian ([0-9]+\.[0-9]+[0-9A-Za-z.+~-]*) \(`)
)

// Series returns the series that a version of Debian's kernel belongs to: 6.1 for 6.1.170-3.
func Series(version string) (string, error) {
	form := versionForm.FindStringSubmatch(version)
	if form == nil {
		return "", fmt.Errorf("%q is not a version of Debian's kernel source: one looks like 6.1.170-3, "+
			"as `uname -v` has it", version)
	}
	return form[1], nil
}

// VersionOf returns the version of the source that a kernel was built from, by its banner: what `uname -v` prints, or
// /proc/version, or the text of that kind in a kernel's image.
func VersionOf(banner string) (string, error) {
	found := bannerForm.FindStringSubmatch(banner)
	if found == nil {
		return "", fmt.Errorf("the kernel's banner %q names no version of Debian's source: "+
			"only kernels that Debian built have one; give the source as a directory or a tarball", banner)
	}
	return found[1], nil
}
