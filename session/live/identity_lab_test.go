// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
)

// switchNow switches a loaded patch that nobody holds, and returns once that is done.
func switchNow(t *testing.T, d *kmod.Device, patch string, dir kmod.Direction) {
	t.Helper()
	err := d.Arm(patch, kmod.ArmOptions{Direction: dir, Interval: time.Millisecond, TriggerFD: -1, SharedFD: -1})
	if err != nil {
		t.Fatalf("arming %s: %v", patch, err)
	}
	for {
		ev, err := d.ReadEvent()
		if err != nil {
			t.Fatal(err)
		}
		if ev.Type == kmod.EventSwitched {
			return
		}
	}
}

// openDevice opens the module's device until the test ends.
func openDevice(t *testing.T) *kmod.Device {
	t.Helper()
	d, err := kmod.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestLabAlias switches a system call by the second name of its function.
func TestLabAlias(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "bad/by_alias", "")
	t.Cleanup(func() { labtest.Unload(t, "by_alias") })
	d := openDevice(t)
	before := os.Getppid()
	switchNow(t, d, "by_alias", kmod.Apply)
	applied := os.Getppid()
	switchNow(t, d, "by_alias", kmod.Revert)
	if after := os.Getppid(); before == 424242 || applied != 424242 || after != before {
		t.Errorf("the parent is %d, %d while it is applied, %d afterwards", before, applied, after)
	}
}

// TestLabPinned switches a function of a module that the patch does not pin. That module stays while the patch is
// applied, and no longer.
func TestLabPinned(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "pair_target", "")
	labtest.Load(t, "bad/unpinned", "")
	d := openDevice(t)
	call := func() error { return os.WriteFile("/proc/pair_target", []byte("call"), 0) }
	if err := call(); err != nil {
		t.Fatal(err)
	}
	switchNow(t, d, "unpinned", kmod.Apply)
	if err := call(); !errors.Is(err, unix.EILSEQ) {
		t.Errorf("a call while it is applied: %v", err)
	}
	if err := unix.DeleteModule("pair_target", unix.O_NONBLOCK); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("unloading the module while one of its functions is redirected: %v", err)
	}
	switchNow(t, d, "unpinned", kmod.Revert)
	if err := call(); err != nil {
		t.Error(err)
	}
	// The worker lets go a moment after the switch.
	labtest.Eventually(t, func() error { return unix.DeleteModule("pair_target", unix.O_NONBLOCK) })
	var refused *kmod.Refused
	err := d.Arm("unpinned", kmod.ArmOptions{TriggerFD: -1, SharedFD: -1})
	if !errors.As(err, &refused) || refused.Errno != unix.ENOENT {
		t.Errorf("arming without the module: %v", err)
	}
	labtest.Unload(t, "unpinned")
}
