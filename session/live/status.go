// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"cmp"
	"errors"
	"strings"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// Status asks the module which patches are loaded, armed and applied. The error is kmod.ErrNotLoaded,
// kmod.ErrPermission, or that of the device.
func Status() ([]session.PatchStatus, error) {
	d, err := kmod.Open()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list, err := d.Patches()
	var out []session.PatchStatus
	for _, p := range list {
		s := session.PatchStatus{Name: patchset.DisplayName(p.Name), State: stateOfPatch(p), Stuck: p.Stuck,
			Problem: p.NotRunning, Stays: p.Stays}
		if s.State.Armed() {
			s.ArmedBy = owners(p.Name)
		}
		out = append(out, s)
	}
	return out, err
}

// state asks the module for the patch's state.
func (o *operation) state() session.State {
	s, _ := o.ask()
	return s
}

// ask asks the module for the patch's state, and whether it is stuck.
func (o *operation) ask() (state session.State, stuck bool) {
	switch {
	case errors.Is(o.devErr, errOnlyWatched):
		return session.StateWatched, false
	case errors.Is(o.devErr, kmod.ErrNotLoaded): // it can have switched nothing
		return session.StateNotLoaded, false
	case o.dev == nil:
		return session.StateUnknown, false
	}
	s, err := o.dev.Patch(o.p.Module)
	switch {
	case errors.Is(err, kmod.ErrNoPatch):
		return session.StateNotLoaded, false
	case err != nil:
		return session.StateUnknown, false
	}
	return stateOfPatch(s), s.Stuck
}

// report fills in what the module says of the patch, and who armed it if this process has not.
func (o *operation) report(ev *session.Sampled) {
	ours := !o.arming.TryLock() // this process is asking the module to arm
	if !ours {
		defer o.arming.Unlock()
		ours = o.armings.latest() != nil
	}
	if ev.State, ev.Stuck = o.ask(); ev.State.Armed() && !ours {
		ev.ArmedBy = cmp.Or(strings.Join(owners(o.p.Module), ", "), "another process")
	}
}
