// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"time"

	"spotos/probe"
	"spotos/session"
)

// freezeLimit is the longest time for which a cgroup stays frozen.
const freezeLimit = 2 * time.Second

// planFreeze sorts holders by cgroup, and leaves out those that must not or cannot be frozen.
func (n *nudger) planFreeze(holders []probe.Holder) error {
	spared, err := n.sys.spared()
	if err != nil {
		return err
	}
	for _, h := range holders {
		group, err := n.sys.cgroupOf(h.PID)
		if err != nil {
			n.leave(h, err.Error())
			continue
		}
		if why := n.sys.whyNotFrozen(h, group, spared); why != "" {
			n.leave(h, why)
			continue
		}
		n.groups[group] = append(n.groups[group], h.PID)
		n.pids = append(n.pids, h.PID)
	}
	return nil
}

// freeze freezes the planned cgroups until ended is closed, at most for freezeLimit.
func (n *nudger) freeze(ended <-chan struct{}) error {
	var errs []error
	for group := range n.groups {
		if err := n.o.freezeGroup(group, ended); err != nil {
			errs = append(errs, fmt.Errorf("freezing cgroup %s: %w", group, err))
		}
	}
	return errors.Join(errs...)
}

// freezeGroup freezes the cgroup. It is thawed when ended is closed, when this process is gone, or after freezeLimit.
func (o *operation) freezeGroup(group string, ended <-chan struct{}) error {
	dir := runningSystem().dir(group)
	if err := o.guard.freeze(dir); err != nil {
		return err
	}
	thaw := func() error { return o.guard.thaw(dir) }
	if !o.alongside("thawer", func() { o.keepFrozen(group, ended, thaw) }) {
		return thaw()
	}
	return nil
}

// keepFrozen thaws when the arming has ended, when the operation is closed, or after freezeLimit, and emits that.
func (o *operation) keepFrozen(group string, ended <-chan struct{}, thaw func() error) {
	late := time.NewTimer(freezeLimit)
	defer late.Stop()
	select {
	case <-ended:
	case <-o.done:
	case <-late.C:
	}
	if err := thaw(); err != nil {
		o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: "thawing cgroup " + group + ": " + err.Error()})
		return
	}
	o.emit(session.Nudged{Head: o.head(session.KindNudged), How: "thaw", PIDs: []int{}})
}
