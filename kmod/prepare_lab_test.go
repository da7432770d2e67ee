// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"testing"

	"spotos/internal/labtest"
)

const prepared = "version_banner" // nobody stays in its function

// opened returns an open device, which the test closes.
func opened(t *testing.T) *Device {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// switched arms through d and waits until the patch has switched.
func switched(t *testing.T, d *Device, dir Direction) {
	t.Helper()
	if err := d.Arm(prepared, ArmOptions{Direction: dir, TriggerFD: -1, SharedFD: -1}); err != nil {
		t.Fatal(err)
	}
	awaitSwitched(t, d)
}

// TestLabPrepare prepares in every order with armings, closes and other files: each arming switches, and the module
// can be unloaded at the end.
func TestLabPrepare(t *testing.T) {
	labtest.WithoutSpotos(t)
	labtest.Load(t, "spotos", "")
	t.Cleanup(func() { labtest.Unload(t, "spotos") })
	labtest.Load(t, "patches/"+prepared, "")
	t.Cleanup(func() { labtest.Unload(t, prepared) })
	for range 5 {
		first, second := opened(t), opened(t)
		for range 2 { // the second time it is prepared already
			if err := first.Prepare(); err != nil {
				t.Fatal(err)
			}
		}
		switched(t, first, Apply) // goes on with what was prepared
		switched(t, first, Revert)
		if err := first.Prepare(); err != nil {
			t.Fatal(err)
		}
		if err := second.Prepare(); err != nil { // takes it over
			t.Fatal(err)
		}
		switched(t, second, Apply)
		switched(t, first, Revert)
		if err := first.Prepare(); err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil { // without arming
			t.Fatal(err)
		}
		if err := second.Prepare(); err != nil {
			t.Fatal(err)
		}
	}
}
