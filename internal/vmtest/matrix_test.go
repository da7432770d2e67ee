// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJudge reads what a VM printed: of tests that pass, skip themselves, fail and have figures, and of none at all.
func TestJudge(t *testing.T) {
	const passes = "== /test/x.test -test.run X\n--- PASS: TestLabX (1.00s)\nPASS\n== 1 s\n"
	got, passed := judge(passes + passes +
		"== /test/x.test -test.run X\n--- SKIP: TestLabX (0.00s)\nPASS\n== 1 s\n" +
		"== /test/x.test -test.run X\n--- FAIL: TestLabX (0.00s)\nFAIL\n== 1 s\n" +
		"== /test/x.test -test.run X\n{\"bench\":\"pair\",\"figures\":{\"rounds\":50,\"nudges\":3,\"violations\":0}}\n" +
		"--- PASS: TestLabX (1.00s)\nPASS\n== 1 s\n")
	want := []string{"passes", "passes", "skips itself", "fails", "50, 0", "broken off"}
	if diff := cmp.Diff(want, got); diff != "" || passed {
		t.Errorf("passed is %v (-want +got):\n%s", passed, diff)
	}
	if _, passed := judge(passes + passes + passes + passes + passes + passes); !passed {
		t.Error("all pass, and it is not said")
	}
}
