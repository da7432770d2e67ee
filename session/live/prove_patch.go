// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// provable returns a patch that replaces a function which a thread is inside of, and that function. The patch is not
// applied and could be.
func (m *Machine) provable(inside []frame) (*patchset.Patch, string, error) {
	k, err := m.liveKernel()
	if err != nil {
		return nil, "", err
	}
	names := make([]string, len(inside))
	for i, f := range inside {
		names[i] = f.function
	}
	why := fmt.Sprintf("on this kernel a thread that waits for data is inside %s, and no patch in %s replaces one of "+
		"these: copy the catalogue's wait_data.ko for this kernel there, build a patch of one of them, or name its "+
		"directory with --patches", strings.Join(names, ", "), m.opts.Patches)
	now := askModule()
	if now.err != nil {
		return nil, "", &session.Refusal{Reason: now.err.Error()}
	}
	for _, p := range m.catalogue() {
		at := slices.IndexFunc(p.Functions, func(f patchset.Function) bool {
			return f.Position == 0 && slices.Contains(inside, frame{f.Name, f.Object})
		})
		if at < 0 {
			continue
		}
		if state := now.state(p.Module); state != session.StateNotLoaded && state != session.StateLoaded {
			why = fmt.Sprintf("%s is %s: revert it first (spotos revert %s)", p.Name, state, p.Name)
		} else if found := m.refusals(p, k, now); len(found) > 0 {
			why = found[0].String()
		} else {
			return p, p.Functions[at].Name, nil
		}
	}
	return nil, "", &session.Refusal{Reason: why}
}

// revertProof takes back a switch that must not have been. The thread that was inside the original does not stand in
// the way.
func revertProof(p *patchset.Patch) error {
	dev, err := kmod.Open()
	if err != nil {
		return err
	}
	defer dev.Close()
	stop := time.AfterFunc(proofLimit, func() { dev.Close() })
	defer stop.Stop()
	err = dev.Arm(p.Module, kmod.ArmOptions{Direction: kmod.Revert, Strategy: kmod.Retry, Attempts: 100,
		Interval: 100 * time.Millisecond, TriggerFD: -1, SharedFD: -1})
	for err == nil {
		var ev kmod.Event
		if ev, err = dev.ReadEvent(); err == nil && ev.Type == kmod.EventSwitched {
			return nil
		}
		if err == nil && ev.Type == kmod.EventStuck {
			err = errors.New("its replacement is in use")
		}
	}
	return err
}
