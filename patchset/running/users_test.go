// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUsers finds who calls a function, who hands it on, and whose part elsewhere calls it.
func TestUsers(t *testing.T) {
	code := kernel(t, compile(t, "mentions.c"))
	for name, want := range map[string][]string{"called": {"function"}, "handed_on": {"function"},
		"rare": {"function.cold"}, "never_named": nil} {
		at := code.Named(name)
		if len(at) != 1 {
			t.Fatalf("%s is there %d times", name, len(at))
		}
		var got []string
		for _, u := range code.Users(at[0].Addr) {
			got = append(got, u.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
