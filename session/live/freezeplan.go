// SPDX-License-Identifier: GPL-2.0-only

package live

import "spotos/session"

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
	return session.FreezePlan{Groups: n.groups, LeftOut: n.leftOut}, nil
}
