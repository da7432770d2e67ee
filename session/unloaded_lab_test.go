// SPDX-License-Identifier: GPL-2.0-only

package session_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/session"
)

// remover unloads modules at random moments, and loads spotos again where that worked.
type remover struct {
	spotos string // file
	r      *rand.Rand
	tried  chan struct{} // after each try to unload spotos, if somebody waits
	stop   chan struct{}
	over   sync.WaitGroup

	refused, done map[string]int
}

func (v *remover) loop(t *testing.T) {
	for i := 0; ; i++ {
		select {
		case <-v.stop:
			return
		case <-time.After(time.Duration(v.r.IntN(300)) * time.Millisecond):
		}
		name := []string{"spotos", "pair"}[i%2]
		switch err := unix.DeleteModule(name, unix.O_NONBLOCK); {
		case err == nil:
			v.done[name]++
			if name == "spotos" {
				load(t, v.spotos, "")
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

// TestLabUnloaded has somebody unload spotos and the patch again and again while it is applied and reverted.
func TestLabUnloaded(t *testing.T) {
	build := inLab(t)
	v := &remover{spotos: filepath.Join(build, "spotos.ko"), r: random(t), tried: make(chan struct{}), stop: make(chan struct{}),
		refused: map[string]int{}, done: map[string]int{}}
	run(t, "watch", "pair", "-n", "1", "--journal", "") // loads pair_target
	write(t, pairTarget+"threads", "8")
	m, err := session.NewMachine(session.MachineOptions{Patches: "/lib/spotos/patches"})
	if err != nil {
		t.Fatal(err)
	}
	v.over.Go(func() { v.loop(t) })
	tries := 0
	for switched := 0; switched < 16; tries++ {
		if tries == 200 {
			t.Fatalf("%d switches in %d tries", switched, tries)
		}
		dir := []session.Direction{session.Apply, session.Revert}[switched%2]
		if !onceUnlessUnloaded(t, m, dir) {
			continue
		}
		switched++
		if dir == session.Apply {
			if state := whole(t); state != session.StateApplied {
				t.Fatalf("it was applied, and is %s", state)
			}
			continue
		}
		// Nothing is in use now: two of its tries end in this gap, and the second began there.
		<-v.tried
		<-v.tried
	}
	close(v.stop)
	v.over.Wait()
	t.Logf("16 switches in %d tries; unloaded %v, refused %v", tries, v.done, v.refused)
	for _, name := range []string{"spotos", "pair"} {
		if v.done[name] == 0 || v.refused[name] == 0 {
			t.Errorf("unloading %s: %d done, %d refused: it did not come at all moments", name, v.done[name], v.refused[name])
		}
	}
	whole(t)
	write(t, pairTarget+"threads", "0")
	_ = unix.DeleteModule("pair", unix.O_NONBLOCK)
	for _, name := range []string{"pair_target", "spotos"} {
		if err := unix.DeleteModule(name, unix.O_NONBLOCK); err != nil {
			t.Errorf("unloading %s: %v", name, err)
		}
	}
	nothingLeft(t)
	load(t, v.spotos, "")
}

// onceUnlessUnloaded is one whole operation. False: it was refused, since a module was gone.
func onceUnlessUnloaded(t *testing.T, m *session.Machine, dir session.Direction) bool {
	t.Helper()
	gone := func(err error) bool {
		var a *session.Refusal
		var b *kmod.Refused
		if !errors.As(err, &a) && !errors.As(err, &b) {
			t.Fatalf("%s: %v", dir, err)
		}
		return true
	}
	op, err := m.Open(t.Context(), "pair")
	if err != nil {
		return !gone(err)
	}
	defer op.Close()
	if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
		return !gone(err)
	}
	for e := range op.Events() {
		switch e := e.(type) {
		case session.Switched:
			return true
		case session.Failed:
			t.Fatalf("%s failed: %s", dir, e.Reason)
		}
	}
	t.Fatal("the events ended")
	return false
}
