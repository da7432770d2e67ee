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

// TestTooMany wants the numbers of files in the refusals.
func TestTooMany(t *testing.T) {
	m := &maker{headers: []source.File{{Path: "include/net/a.h"}}}
	files := func(n int) []string {
		names := make([]string, n)
		for i := range names {
			names[i] = "net/f.c"
		}
		return names
	}
	if why := m.tooMany(99, files(50)).Why; !strings.Contains(why, "50 of the 99 files") {
		t.Errorf("said %q", why)
	}
	if _, err := m.users(files(mostIncluders), nil); err != nil {
		t.Errorf("as many as are allowed: %v", err)
	}
	_, err := m.users(files(mostIncluders+1), nil)
	if err == nil || !strings.Contains(err.Error(), "is included by 301 files that are compiled for this kernel") {
		t.Errorf("one more: %v", err)
	}
}
