// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// The layout that was chosen by key is kept, overrides the configuration, and is overridden by the variable and the
// command line. What is in the file and is no layout counts as nothing.
func TestLayoutIsKept(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	config := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(config, []byte("layout = \"holders\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SPOTOS_CONFIG", config)
	chosen := func() (string, *flags) {
		f := newFlags()
		if err := f.load(nil, nil); err != nil {
			t.Fatal(err)
		}
		return f.chosenLayout(), f
	}
	layout, f := chosen()
	if layout != "holders" {
		t.Errorf("the configuration says holders, and it is %q", layout)
	}
	if err := f.keepLayout()("timeline"); err != nil {
		t.Fatal(err)
	}
	if layout, _ = chosen(); layout != "timeline" {
		t.Errorf("timeline was kept, and it is %q", layout)
	}
	t.Setenv("SPOTOS_LAYOUT", "standard")
	if layout, _ = chosen(); layout != "standard" {
		t.Errorf("the variable says standard, and it is %q", layout)
	}
	os.Unsetenv("SPOTOS_LAYOUT")
	if err := os.WriteFile(filepath.Join(state, "spotos/layout"), []byte("odd\x1b[2J"), 0o600); err != nil {
		t.Fatal(err)
	}
	if layout, f = chosen(); layout != "holders" {
		t.Errorf("what is kept is none, and it is %q", layout)
	}
	if f.readOnly = true; f.keepLayout() != nil {
		t.Error("a read-only console keeps it")
	}
}
