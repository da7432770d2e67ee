// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// loaded is the module's answer about the loaded patches at one moment, or err if it could not be asked. A patch is
// "not loaded" only if the module says so.
type loaded struct {
	snapshot kmod.Snapshot
	err      error
}

// askModule asks the module, and opens the device for that.
func askModule() loaded {
	snapshot, err := kmod.TakeSnapshot()
	return loaded{snapshot, err}
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
	return stateOf(p.State)
}

// owners returns, for each function, the patch that has switched it or is armed to.
func (l loaded) owners() patchset.Owners {
	o := patchset.Owners{Err: l.err, By: map[patchset.Site]string{}}
	for _, p := range l.snapshot {
		if p.State == kmod.Loaded {
			continue
		}
		for _, f := range p.Functions {
			o.By[patchset.Site{Object: f.Object, Function: f.Name}] = patchset.DisplayName(p.Name)
		}
	}
	return o
}

// replacements returns the replacement's address of each function that is switched now.
func (l loaded) replacements() map[patchset.Site]uint64 {
	to := map[patchset.Site]uint64{}
	for _, p := range l.snapshot {
		if p.State != kmod.Applied && p.State != kmod.ArmedRevert {
			continue
		}
		for _, f := range p.Functions {
			to[patchset.Site{Object: f.Object, Function: f.Name}] = f.Replacement
		}
	}
	return to
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

// Owners asks the module which patch has switched each function, or is armed to. Run it as root. If the module cannot
// be asked, Err of the result says why.
func Owners() patchset.Owners { return askModule().owners() }
