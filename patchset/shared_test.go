// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"strings"
	"testing"
)

// TestShared judges functions that the compiler made one of.
func TestShared(t *testing.T) {
	symbols := parsed(t, `ffffffff81000000 T first
ffffffff81000000 t second
ffffffff81000000 d no_function
ffffffff81000100 T __x64_sys_getpid
ffffffff81000100 t __do_sys_getpid
ffffffff81000100 T __ia32_sys_getpid
ffffffff81000200 T alone
ffffffffc0000000 t in_module	[mod]
ffffffffc0000000 t also_there	[mod]
`)
	for name, want := range map[string]string{"first": "second", "second": "first", "__do_sys_getpid": "", "alone": "",
		"in_module": "also_there"} {
		at := symbols.Functions(name)[0]
		got := judgeShared(Function{Name: name, Object: at.Object()}, at, symbols)
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].Kind != Shared ||
			!strings.Contains(got[0].Why, name+" and "+want+" are one function")) {
			t.Errorf("%s: %v, want it shared with %q", name, got, want)
		}
	}
}
