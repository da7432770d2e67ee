// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	type verdict struct {
		why string
		in  members
	}
	asked := map[string]verdict{}
	reached, inside := map[string][]int{}, map[int]int{}
	for _, h := range holders {
		if h.Kthread {
			n.leave(h, "a kernel thread cannot be frozen")
			continue
		}
		group, err := n.sys.cgroupOf(h.PID)
		if err != nil {
			n.leave(h, err.Error())
			continue
		}
		v, known := asked[group]
		if !known {
			if v.why = n.sys.whyNotFrozen(group, spared); v.why == "" {
				v.in = n.sys.members(group)
			}
			asked[group] = v
		}
		switch {
		case v.why != "":
			n.leave(h, v.why)
			continue
		case !v.in.threads[h.PID]:
			n.leave(h, "it is not in "+n.sys.dir(group)+", as its cgroup is named: mount the whole of cgroup2 there")
			continue
		}
		reached[group] = append(reached[group], h.PID)
		inside[h.TGID]++
		n.pids = append(n.pids, h.PID)
	}
	for _, group := range slices.Sorted(maps.Keys(reached)) {
		n.groups = append(n.groups, n.sys.describe(group, asked[group].in, reached[group], inside))
	}
	return nil
}

// freeze freezes the planned cgroups until ended is closed, at most for freezeLimit.
func (n *nudger) freeze(ended <-chan struct{}) error {
	var errs []error
	for _, group := range n.groups {
		if err := n.o.freezeGroup(group, ended); err != nil {
			errs = append(errs, fmt.Errorf("freezing cgroup %s: %w", group.Path, err))
		}
	}
	return errors.Join(errs...)
}

// freezeGroup freezes the cgroup. It is thawed when ended is closed, when this process is gone, or after freezeLimit.
func (o *operation) freezeGroup(group session.FreezeGroup, ended <-chan struct{}) error {
	dir := runningSystem().dir(group.Path)
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
func (o *operation) keepFrozen(group session.FreezeGroup, ended <-chan struct{}, thaw func() error) {
	late := time.NewTimer(freezeLimit)
	defer late.Stop()
	select {
	case <-ended:
	case <-o.done:
	case <-late.C:
	}
	if err := thaw(); err != nil {
		o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: "thawing cgroup " + group.Path + ": " + err.Error()})
		return
	}
	o.emit(session.Nudged{Head: o.head(session.KindNudged), How: session.NudgeThaw, PIDs: []int{},
		Groups: []session.FreezeGroup{group}})
}
