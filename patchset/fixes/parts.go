// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"context"
	"fmt"
	"os"
	"slices"

	"spotos/patchset/kbuild"
	"spotos/patchset/source"
)

// VMLinux stands for the kernel itself among the parts that a file is compiled into.
const VMLinux = kbuild.VMLinux

// compiled returns for each file of C what it is compiled into: VMLinux or a module's name, or several modules. What is
// not in it is not compiled by that configuration.
func compiled(ctx context.Context, from *source.Source, rules []string, headers string) (map[string][]string, error) {
	found, err := walk(ctx, from, rules, headers, nil)
	if err != nil {
		return nil, err
	}
	return found.Into, nil
}

// walk reads the rules of a source from its top.
func walk(ctx context.Context, from *source.Source, rules []string, headers string, follow func(string) bool) (
	*kbuild.Compiled, error) {
	tree, err := os.MkdirTemp("", "spotos-fixes-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tree)
	if err := from.Checkout(ctx, tree, rules...); err != nil {
		return nil, fmt.Errorf("finding which files are compiled: %w", err)
	}
	return kbuild.Read(ctx, kbuild.Walk{Headers: headers, Tree: tree, Follow: follow})
}

// wanted returns the files that differ and are compared by functions.
func wanted(all source.Difference) []string {
	return slices.DeleteFunc(slices.Clone(all.Changed), func(file string) bool {
		left, refusal := source.Place(file)
		return left != nil || refusal != nil
	})
}

// rulesOf returns those of a source's files that kbuild reads.
func rulesOf(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !kbuild.IsRule(file) })
}
