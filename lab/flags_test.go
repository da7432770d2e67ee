// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/lab/vm"
)

// TestRoot wants all files below --root at their places in the VM, and --file to have the last word.
func TestRoot(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"usr/bin/a", "usr/bin/b", "c"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flags := vmFlags{roots: []string{dir}, files: []string{"/elsewhere:/usr/bin/b"}}
	config := vm.Config{Files: map[string]string{}}
	if err := flags.addPaths(&config); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"/usr/bin/a": dir + "/usr/bin/a", "/usr/bin/b": "/elsewhere", "/c": dir + "/c"}
	if diff := cmp.Diff(want, config.Files); diff != "" {
		t.Error(diff)
	}
	flags.roots = []string{filepath.Join(dir, "none")}
	if err := flags.addPaths(&config); err == nil {
		t.Error("a directory that there is not was taken")
	}
}
