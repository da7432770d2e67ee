// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/patchset"
)

// next says what to do with patches that were built. Those of another kernel can be checked where that runs, or tried
// in the lab.
func next(built ...string) string {
	check := "spotos patch check " + strings.Join(built, " ")
	p, err := patchset.Read(built[0])
	var uts unix.Utsname
	if err != nil || unix.Uname(&uts) != nil || p.Release() == unix.ByteSliceToString(uts.Release[:]) {
		return "next: " + check
	}
	lab := "spotos lab --kernel KERNEL"
	for _, file := range built {
		lab += " --file " + file + ":/lib/spotos/patches/" + filepath.Base(file)
	}
	return "next, where " + p.Release() + " runs: " + check + "; in the lab: " + lab
}
