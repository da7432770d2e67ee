// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// loaded is the module's answer about the loaded patches at one moment, or err if it could not be asked. A patch is
// "not loaded" only if the module says so.
type loaded struct {
	snapshot kmod.Snapshot
	err      error
	dryRun   func(f patchset.Function, addr uint64, module string, copies bool) error // nil: no module is there to ask
}

// askModule asks the module, and opens the device for that.
func askModule() loaded {
	d, err := kmod.Open()
	if err != nil {
		return unasked(err)
	}
	defer d.Close()
	return answerOf(d)
}

// unasked is the answer where the device cannot be opened. Without the module no patch is loaded.
func unasked(err error) loaded {
	if errors.Is(err, kmod.ErrNotLoaded) {
		err = nil
	}
	return loaded{err: err}
}

// answerOf asks the module through an open device.
func answerOf(d *kmod.Device) loaded {
	snapshot, err := d.Snapshot()
	return loaded{snapshot, err, dryRun}
}

// state returns the state of a patch, by its module's name; StateUnknown if the module could not be asked.
func (l loaded) state(module string) session.State {
	p, found := l.snapshot.Patch(module)
	switch {
	case l.err != nil:
		return session.StateUnknown
	case !found:
		return session.StateNotLoaded
	}
	return stateOfPatch(p.PatchStatus)
}

// owners returns, for each function, the patch that has switched it or is armed to.
func (l loaded) owners() patchset.Owners {
	o := patchset.Owners{Err: l.err, By: map[patchset.Site]string{}, DryRun: l.dryRun}
	for _, p := range l.snapshot {
		if p.State == kmod.Loaded {
			continue
		}
		for _, f := range p.Functions {
			o.By[patchset.SiteOf(f.Object, f.Name)] = patchset.DisplayName(p.Name)
		}
	}
	return o
}

// text is where a replacement is; size is 0 if it is not known.
type text struct{ addr, size uint64 }

// replacements returns the replacement of each function that is switched now.
func (l loaded) replacements() map[patchset.Site]text {
	to := map[patchset.Site]text{}
	for _, p := range l.snapshot {
		if p.State != kmod.Applied && p.State != kmod.ArmedRevert {
			continue
		}
		for _, f := range p.Functions {
			to[patchset.SiteOf(f.Object, f.Name)] = text{f.Replacement, f.ReplacementSize}
		}
	}
	return to
}

// stateOfPatch returns the state of a loaded patch in session's words. That its replacements do not run hides no
// arming, which can be taken back.
func stateOfPatch(p kmod.PatchStatus) session.State {
	if p.NotRunning != "" && p.State == kmod.Applied {
		return session.StateNotRunning
	}
	return stateOf(p.State)
}

// stateOf returns the module's state in session's words.
func stateOf(s kmod.State) session.State {
	states := [...]session.State{
		kmod.Loaded: session.StateLoaded, kmod.ArmedApply: session.StateArmed,
		kmod.Applied: session.StateApplied, kmod.ArmedRevert: session.StateReverting}
	if int(s) >= len(states) {
		return session.StateUnknown
	}
	return states[s]
}

// Owners asks the module which patch has switched each function, or is armed to, and lets it judge functions itself.
// Run it as root. If the module cannot be asked, Err of the result says why.
func Owners() patchset.Owners {
	return askModule().owners()
}

// dryRun asks the module what it would say to arming a patch of one function, which is at an address.
func dryRun(f patchset.Function, addr uint64, module string, copies bool) error {
	d, err := kmod.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", patchset.ErrUnknown, err)
	}
	defer d.Close()
	_, err = d.Judge(kmod.Question{Name: f.Full(), Object: f.Object, Patch: module, Address: addr, Copies: copies})
	var refused *kmod.Refused
	if err != nil && (!errors.As(err, &refused) || errors.Is(err, unix.ENOMEM)) {
		return fmt.Errorf("%w: %w", patchset.ErrUnknown, err)
	}
	return err
}
