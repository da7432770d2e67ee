// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
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

// Here returns the versions of a series whose packages the cache has, the newest first. It asks nobody.
func (s *Store) Here(series string) []string {
	entries, _ := os.ReadDir(filepath.Join(s.Dir, "source")) // none where there is no cache
	var versions []string
	for _, e := range entries {
		of, err := Series(e.Name())
		if err != nil || of != series {
			continue
		}
		if _, has := s.Kept(e.Name()); has {
			versions = append(versions, e.Name())
		}
	}
	slices.SortFunc(versions, func(a, b string) int { return CompareVersions(b, a) })
	return versions
}

// versionPart is a run of digits, or of what is between them.
var versionPart = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// CompareVersions is negative where version a is older than b, and positive where it is newer: numbers count as
// numbers, and what ends in a tilde and more is older than what does not, as dpkg has it.
func CompareVersions(a, b string) int {
	x, y := versionPart.FindAllString(a, -1), versionPart.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		m, noNumber := strconv.Atoi(x[i])
		n, orThis := strconv.Atoi(y[i])
		order := cmp.Compare(m, n)
		if noNumber != nil || orThis != nil {
			order = cmp.Or(tilde(y[i])-tilde(x[i]), strings.Compare(x[i], y[i]))
		}
		if order != 0 {
			return order
		}
	}
	switch {
	case len(x) > len(y):
		return 1 - 2*tilde(x[len(y)])
	case len(x) < len(y):
		return 2*tilde(y[len(x)]) - 1
	}
	return 0
}

// tilde is 1 for a part that begins with a tilde.
func tilde(part string) int {
	if strings.HasPrefix(part, "~") {
		return 1
	}
	return 0
}
