// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
	"spotos/session"
)

// TestLabForcedUnload has somebody unload by force (rmmod -f) what is in use. He waits, and meanwhile everything works:
// the patch goes when it has been reverted, spotos when nobody has its device open.
func TestLabForcedUnload(t *testing.T) {
	labtest.WithSpotos(t)
	op := openPair(t, 4)
	turn(t, op, session.Apply)
	gone := forceUnload(t, "pair")
	if state := whole(t); state != session.StateApplied {
		t.Errorf("it was applied, and is %s", state)
	}
	turn(t, op, session.Revert)
	awaitGone(t, "pair", gone)
	whole(t)
	op.Close()

	d, err := kmod.Open()
	if err != nil {
		t.Fatal(err)
	}
	gone = forceUnload(t, "spotos")
	if _, err := d.Info(); err != nil {
		t.Errorf("asking spotos while it waits: %v", err)
	}
	d.Close()
	awaitGone(t, "spotos", gone)
	labtest.Load(t, "spotos", "")
}

// forceUnload begins to unload a module that is in use, and returns where the result will come.
func forceUnload(t *testing.T, name string) <-chan error {
	t.Helper()
	gone := make(chan error, 1)
	go func() { gone <- unix.DeleteModule(name, unix.O_NONBLOCK|unix.O_TRUNC) }()
	labtest.Eventually(t, func() error {
		if state := read(t, "/sys/module/"+name+"/initstate"); state != "going" {
			return fmt.Errorf("%s is %s", name, state)
		}
		return nil
	})
	select {
	case err := <-gone:
		t.Fatalf("%s did not wait: %v", name, err)
	default:
	}
	return gone
}

func awaitGone(t *testing.T, name string, gone <-chan error) {
	t.Helper()
	labtest.Eventually(t, func() error {
		select {
		case err := <-gone:
			if err != nil {
				t.Fatalf("unloading %s: %v", name, err)
			}
			return nil
		default:
			return fmt.Errorf("%s still waits", name)
		}
	})
}
