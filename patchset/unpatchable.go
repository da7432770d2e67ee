// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	_ "embed"
	"regexp"
)

//go:embed include/spotos_unpatchable.h
var unpatchableHeader string

// unpatchable lists the functions of the kernel itself that the module never switches. The list is the module's own.
var unpatchable = func() map[string]bool {
	names := make(map[string]bool)
	for _, m := range regexp.MustCompile(`"(\w+)",`).FindAllStringSubmatch(unpatchableHeader, -1) {
		names[m[1]] = true
	}
	return names
}()

// Unpatchable reports whether spotos.ko never switches a function of the kernel itself.
func Unpatchable(name string) bool { return unpatchable[name] }
