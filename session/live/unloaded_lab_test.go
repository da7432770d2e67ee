// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/kmod"
	"spotos/session"
)

// remover unloads modules at random moments, and loads spotos again where that worked.
type remover struct {
	r     *rand.Rand
	tried chan struct{} // after each try to unload spotos, if somebody waits
	stop  chan struct{}
	over  sync.WaitGroup

	refused, done map[string]int
}

func (v *remover) loop(t *testing.T) {
	for i := 0; ; i++ {
		select {
		case <-v.stop:
			return
		case <-time.After(time.Duration(v.r.IntN(60)) * time.Millisecond):
		}
		name := []string{"spotos", "pair"}[i%2]
		switch err := unix.DeleteModule(name, unix.O_NONBLOCK); {
		case err == nil:
			v.done[name]++
			if name == "spotos" {
				labtest.Load(t, "spotos", "")
			}
		case errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EBUSY):
			v.refused[name]++
		case !errors.Is(err, unix.ENOENT):
			t.Errorf("unloading %s: %v", name, err)
		}
		if name == "spotos" {
			select {
			case v.tried <- struct{}{}:
			default:
			}
		}
	}
}

// TestLabUnloaded has somebody unload spotos and the patch again and again while it is loaded, applied and reverted.
// It asks the module itself, without probes, so that the moments that matter come often.
func TestLabUnloaded(t *testing.T) {
	const switches = 100
	labtest.WithSpotos(t)
	v := &remover{r: labtest.Random(t), tried: make(chan struct{}), stop: make(chan struct{}),
		refused: map[string]int{}, done: map[string]int{}}
	labtest.Load(t, "pair_target", "threads=2")
	v.over.Go(func() { v.loop(t) })
	tries := 0
	for done := 0; done < switches; tries++ {
		if tries == 100*switches {
			t.Fatalf("%d switches in %d tries", done, tries)
		}
		dir := []kmod.Direction{kmod.Apply, kmod.Revert}[done%2]
		if !onceUnlessUnloaded(t, labtest.File("patches/pair"), dir) {
			continue
		}
		done++
		if dir == kmod.Apply {
			if state := whole(t); state != session.StateApplied {
				t.Fatalf("it was applied, and is %s", state)
			}
		} else if done%8 == 0 {
			// Nothing is in use now: the second of its tries began in this gap.
			<-v.tried
			<-v.tried
		}
	}
	close(v.stop)
	v.over.Wait()
	t.Logf("%d switches in %d tries; unloaded %v, refused %v", switches, tries, v.done, v.refused)
	for _, name := range []string{"spotos", "pair"} {
		if v.done[name] == 0 || v.refused[name] == 0 {
			t.Errorf("unloading %s: %d done, %d refused: it did not come at all moments", name, v.done[name], v.refused[name])
		}
	}
	whole(t)
	_ = unix.DeleteModule("pair", unix.O_NONBLOCK) // it may have gone already
	labtest.Unload(t, "pair_target")
	labtest.Unload(t, "spotos")
	labtest.Eventually(t, labtest.Left)
	labtest.Load(t, "spotos", "")
}

// openLoaded waits where spotos is just not loaded: on a slow host, loading it again takes a while.
func openLoaded(t *testing.T) (d *kmod.Device) {
	t.Helper()
	labtest.Eventually(t, func() (err error) {
		if d, err = kmod.Open(); err != nil && !errors.Is(err, kmod.ErrNotLoaded) && !errors.Is(err, unix.ENODEV) {
			t.Fatal(err)
		}
		return err
	})
	return d
}

// onceUnlessUnloaded is one whole operation. False: the patch was gone, or on its way.
func onceUnlessUnloaded(t *testing.T, patch string, dir kmod.Direction) bool {
	t.Helper()
	d := openLoaded(t)
	defer d.Close()
	f, err := os.Open(patch)
	if err != nil {
		t.Fatal(err)
	}
	err = unix.FinitModule(int(f.Fd()), "", 0)
	f.Close()
	if errors.Is(err, unix.EBUSY) {
		return false
	}
	if err != nil && !errors.Is(err, unix.EEXIST) {
		t.Fatalf("loading %s: %v", patch, err)
	}
	err = d.Arm("pair", kmod.ArmOptions{Direction: dir, Interval: time.Millisecond, TriggerFD: -1, SharedFD: -1})
	if dir == kmod.Apply && (errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EBUSY)) {
		return false
	}
	if err != nil {
		t.Fatalf("arming: %v", err)
	}
	for {
		ev, err := d.ReadEvent()
		if err != nil {
			t.Fatal(err)
		}
		if ev.Type == kmod.EventSwitched {
			return true
		}
	}
}
