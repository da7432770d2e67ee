// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"path/filepath"
	"testing"

	"spotos/patchset"
)

func TestLivepatchOn(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"fix/vmlinux/version_proc_show,1", "other/ext4/cmdline_proc_show,1"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"version_proc_show": "fix", "version_proc": "", "cmdline_proc_show": "",
	} {
		if got := livepatchOn(root, patchset.Function{Name: name, Object: patchset.VMLinux}); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}
