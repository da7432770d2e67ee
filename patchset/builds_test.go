// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"os"
	"path/filepath"
	"testing"
)

// builds returns the directories of the built modules, one for each kernel. Where there is none it skips the test, or
// fails it if SPOTOS_REQUIRE_LAB is set.
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

// needLab skips a test that lacks something of the lab, or fails it if SPOTOS_REQUIRE_LAB is set.
func needLab(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}
