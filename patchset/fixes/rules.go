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

// RulesOf returns for each of some files the directory whose rules have it compiled; one that none has is not in the
// map. That is mostly the file's own, but a large driver has one for the directories below it, or beside it. rules are
// the files that say so, which Rules returns for each.
func RulesOf(ctx context.Context, from *source.Source, headers string, files, rules []string) (map[string]string,
	error) {
	found, err := walk(ctx, from, rules, headers, func(dir string) bool {
		return slices.ContainsFunc(files, func(file string) bool { return onTheWay(dir, file) })
	})
	if err != nil {
		return nil, fmt.Errorf("finding what compiles %s: %w", strings.Join(files[:min(3, len(files))], ", "), err)
	}
	return found.By, nil
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
