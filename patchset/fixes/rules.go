// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"spotos/patchset/source"
)

// RulesOf returns the directory whose rules have a file compiled, "" if none has. That is mostly the file's own, but a
// large driver has one for the directories below it, or beside it. files are those that say so, which Rules returns.
func RulesOf(ctx context.Context, from *source.Source, headers, file string, files []string) (string, error) {
	found, err := walk(ctx, from, files, headers, func(dir string) bool { return onTheWay(dir, file) })
	if err != nil {
		return "", fmt.Errorf("finding what compiles %s: %w", file, err)
	}
	return found.By[file], nil
}

// Rules returns those of a source's files that kbuild reads and that may have to do with a file of C: those on the way
// to it, and all of the part of the kernel that it belongs to.
func Rules(all []string, file string) []string {
	part := strings.Split(file, "/")
	whole := strings.Join(part[:min(len(part)-1, deep)], "/") + "/"
	return slices.DeleteFunc(rulesOf(all), func(rule string) bool {
		dir := path.Dir(rule)
		return dir != "." && !strings.HasPrefix(file, dir+"/") && !strings.HasPrefix(rule, whole) &&
			dir != "virt/kvm" // which the rules of arch/x86/kvm include
	})
}

// deep is how many directories lead to a part of the kernel that may have its own order: drivers/gpu/drm/amd.
const deep = 4

// onTheWay reports whether the rules of a directory may name a file: it is above it, or beside what is deep.
func onTheWay(dir, file string) bool {
	above := path.Dir(dir)
	return dir == "." || strings.HasPrefix(file, dir+"/") ||
		strings.Count(above, "/")+1 >= deep && strings.HasPrefix(file, above+"/")
}
