// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"spotos/patchset/build"
	"spotos/patchset/source"
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

// TestReachesOther wants one refusal of all files that cannot be replaced for one reason, with their number and the
// first of them, and the others beside.
func TestReachesOther(t *testing.T) {
	m := &maker{headers: []source.File{{Path: "include/linux/a.h"}}}
	reached := []string{"arch/x86/entry/vdso/a.c", "kernel/a.c"}
	for i := range 90 {
		reached = append(reached, fmt.Sprintf("arch/x86/lib/f%02d.S", i))
	}
	_, err := m.users(reached, nil)
	var refused *build.RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 2 {
		t.Fatalf("got %v", err)
	}
	for i, says := range []string{"reaches arch/x86/entry/vdso/a.c, which is in every process: it takes",
		"reaches arch/x86/lib/f00.S, which cannot be replaced function by function, and 89 more such: arch/x86/lib/f01.S, "} {
		if text := refused.Refusals[i].String(); !strings.Contains(text, says) || len(text) > 600 {
			t.Errorf("said %s", text)
		}
	}
	if len(refused.Files) != 90 {
		t.Errorf("all of them: %v", refused.Files)
	}
	_, err = m.users(reached[:4], nil)
	if !errors.As(err, &refused) || refused.Files != nil {
		t.Errorf("nothing is left out of %v", err)
	}
}
