// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTools names what is not installed, with the packages that have it.
func TestTools(t *testing.T) {
	headers, bin := t.TempDir(), t.TempDir()
	config := filepath.Join(headers, "include/config")
	if err := os.MkdirAll(config, 0o755); err != nil {
		t.Fatal(err)
	}
	text := []byte("CONFIG_CC_VERSION_TEXT=\"gcc-99 (Debian 99.2.0) 99.2.0\"\n")
	if err := os.WriteFile(filepath.Join(config, "auto.conf"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	install := func(names ...string) {
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("PATH", bin)
	install("make", "perl", "dpkg-deb")
	kernel := &Kernel{Headers: headers}
	var lacks *ToolsError
	if err := kernel.Tools(); !errors.As(err, &lacks) {
		t.Fatalf("without a compiler: %v", err)
	}
	want := &ToolsError{[]string{"gcc-99", "objcopy"}, []string{"gcc-99", "binutils"}}
	if diff := cmp.Diff(want, lacks); diff != "" {
		t.Error(diff)
	}
	install("gcc-99", "objcopy")
	if err := kernel.Tools(); err != nil {
		t.Errorf("with all: %v", err)
	}
}
