// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"spotos/patchset/source"
	"strings"
	"testing"
)

// TestScattered wants a header that changes two modules to be refused with the names of both, and one that changes a
// module and the kernel itself not to be.
func TestScattered(t *testing.T) {
	m := &maker{headers: []source.File{{Path: "include/net/a.h"}}}
	m.result.Functions = []Function{{Name: "f", Object: "vmlinux"}, {Name: "g", Object: "one"}, {Name: "h", Object: "one"}}
	if got := m.scattered(); len(got) > 0 {
		t.Errorf("one module and the kernel: %v", got)
	}
	m.result.Functions = append(m.result.Functions, Function{Name: "i", Object: "two"})
	got := m.scattered()
	if len(got) != 1 || !strings.Contains(got[0].String(), "functions of 2 modules: one (g, h), two (i)") {
		t.Errorf("two modules: %v", got)
	}
	m.headers = nil
	if got := m.scattered(); len(got) > 0 {
		t.Errorf("without a header: %v", got)
	}
}

// TestTooMany wants the number of files in the refusal.
func TestTooMany(t *testing.T) {
	m := &maker{headers: []source.File{{Path: "include/net/a.h"}}}
	users := make([]string, 50)
	for i := range users {
		users[i] = "net/f.c"
	}
	if why := m.tooMany(99, users).Why; !strings.Contains(why, "50 of the 99 files") {
		t.Errorf("said %q", why)
	}
}
