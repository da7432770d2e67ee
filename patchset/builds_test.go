// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"os"
	"path/filepath"
	"testing"
)

// builds returns the directories that the modules were built into, one a kernel. A test that finds none skips, unless
// SPOTOS_REQUIRE_LAB says that there must be some.
func builds(tb testing.TB) []string {
	tb.Helper()
	pattern := filepath.Join("..", "build", "*")
	found, err := filepath.Glob(filepath.Join(pattern, "patches"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(found) == 0 {
		needLab(tb, "no modules in "+pattern+": make -C patchset builds them")
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// needLab skips a test for want of what the lab has, or fails it where SPOTOS_REQUIRE_LAB says it must be there.
func needLab(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}
