// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRebuilt names functions of one file, and each with its own.
func TestRebuilt(t *testing.T) {
	for name, c := range map[string]struct {
		x       fixFlags
		refused bool
		want    map[string][]string
	}{
		"of one file": {x: fixFlags{files: []string{"a.c"}, rebuild: []string{"f", "g"}},
			want: map[string][]string{"a.c": {"f", "g"}}},
		"each with its own": {x: fixFlags{rebuild: []string{"b/b.c:f", "a.c:g", "b/b.c:h"}},
			want: map[string][]string{"a.c": {"g"}, "b/b.c": {"f", "h"}}},
		"of no file":       {x: fixFlags{rebuild: []string{"f"}}, refused: true},
		"of two files":     {x: fixFlags{files: []string{"a.c", "b.c"}, rebuild: []string{"f"}}, refused: true},
		"some without one": {x: fixFlags{rebuild: []string{"a.c:f", "g"}}, refused: true},
		"a file too many":  {x: fixFlags{files: []string{"a.c"}, rebuild: []string{"a.c:f"}}, refused: true},
		"and a fix":        {x: fixFlags{to: "6.1.1-1", files: []string{"a.c"}, rebuild: []string{"f"}}, refused: true},
	} {
		if err := c.x.check(nil); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if c.refused {
			continue
		}
		if diff := cmp.Diff(c.want, c.x.rebuilt()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := titleOf(rebuiltNames([]string{"a.c:f", "g"})); got != "f, g: the same code, compiled again" {
		t.Errorf("%q", got)
	}
	const many = "a, b, c, d and 2 more: the same code, compiled again"
	if got := titleOf([]string{"a", "b", "c", "d", "e", "f"}); got != many {
		t.Errorf("%q", got)
	}
}
