// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spotos/ui"
)

// The settings of the console reach it.
func TestConsoleOptions(t *testing.T) {
	t.Setenv("SPOTOS_CONFIG", "/dev/null")
	t.Setenv("SPOTOS_THEME", "light")
	f := newFlags()
	root := f.command()
	args := []string{"--interval", "10s", "--mouse", "--ascii", "--nudge", "freeze", "--timeout", "1m"}
	if err := root.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	if err := f.load(root, nil); err != nil {
		t.Fatal(err)
	}
	opts := f.uiOptions(true)
	if opts.Interval != 10*time.Second || !opts.Mouse || !opts.ASCII || !opts.ReadOnly || opts.Theme != "light" {
		t.Errorf("the console is opened with %+v", opts)
	}
	if opts.Arm.Nudge != "freeze" || opts.Arm.Timeout != time.Minute {
		t.Errorf("the console arms with %+v", opts.Arm)
	}
}

// The man page lists every key of the console's help page, with the same text.
func TestManPageHasTheKeys(t *testing.T) {
	dir := t.TempDir()
	root := newFlags().command()
	root.SetArgs([]string{"man", dir})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "spotos.8"))
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(data), `\-`, "-")
	for _, section := range ui.DefaultKeys().Sections() {
		for _, row := range section.Rows {
			if want := ".TP\n\\fB" + row.Name + "\\fP\n" + row.Text + "\n"; !strings.Contains(page, want) {
				t.Errorf("the man page lacks\n%s", want)
			}
		}
	}
	if !strings.Contains(page, ".SH KEYS") {
		t.Error("the man page has no section KEYS")
	}
}
