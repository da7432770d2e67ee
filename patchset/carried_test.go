// SPDX-License-Identifier: GPL-2.0-only

package patchset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spotos/patchset"
)

// A patch by hand carries no diff, and says which compiler made it and whether it is signed. One that was made of a fix
// is tried in package fix.
func TestCarriedByHand(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(builds(t)[0], "patches", "pair.ko"))
	if err != nil {
		t.Fatal(err)
	}
	for _, signed := range []bool{false, true} {
		if signed {
			data = append(data, "~Module signature appended~\n"...)
		}
		path := filepath.Join(t.TempDir(), "pair.ko")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := patchset.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Carried()
		if err != nil || c.Diff != "" || !strings.HasPrefix(c.Compiler, "GCC: ") || c.Signed != signed {
			t.Errorf("signed %v: it carries %+v, %v", signed, c, err)
		}
		if err := os.WriteFile(path, data[:len(data)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Carried(); err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
			t.Errorf("of a file that has changed it says %v", err)
		}
	}
}
