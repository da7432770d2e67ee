// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"maps"
	"slices"

	"spotos/session"
)

// FreezePlan returns what Nudge would freeze, and freezes nothing. It starts the process that would thaw, since a nudge
// most likely follows.
func (o *operation) FreezePlan(pid int) (session.FreezePlan, error) {
	if err := o.enter(); err != nil {
		return session.FreezePlan{}, err
	}
	defer o.calls.Done()
	if _, err := o.guard.start(); err != nil {
		return session.FreezePlan{}, err
	}
	holders, err := o.nudgees(pid)
	if err != nil {
		return session.FreezePlan{}, err
	}
	n := o.newNudger()
	if err := n.planFreeze(holders); err != nil {
		return session.FreezePlan{}, err
	}
	inside := map[int]bool{}
	for _, h := range holders {
		inside[h.TGID] = true
	}
	plan := session.FreezePlan{LeftOut: n.leftOut}
	for _, path := range slices.Sorted(maps.Keys(n.groups)) {
		plan.Groups = append(plan.Groups,
			session.FreezeGroup{Path: path, Holders: n.groups[path], Others: n.sys.othersIn(path, inside)})
	}
	return plan, nil
}
