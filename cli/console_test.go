// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"testing"
	"time"
)

// What is set for the console reaches it.
func TestConsoleOptions(t *testing.T) {
	t.Setenv("SPOTOS_CONFIG", "/dev/null")
	t.Setenv("SPOTOS_THEME", "light")
	f := newFlags()
	root := f.command()
	if err := root.ParseFlags([]string{"--interval", "10s", "--mouse", "--ascii", "--nudge", "freeze", "--timeout", "1m"}); err != nil {
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
