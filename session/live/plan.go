// SPDX-License-Identifier: GPL-2.0-only

package live

import "spotos/session"

// Plan returns what a nudge would do now; NudgeAuto is planned as the last of its nudges. Before a freeze it starts the
// process that would thaw, since the nudge most likely follows.
func (o *operation) Plan(how string, pid int) (session.NudgePlan, error) {
	var none session.NudgePlan
	if err := o.enter(); err != nil {
		return none, err
	}
	defer o.calls.Done()
	if how == session.NudgeFreeze {
		if _, err := o.guard.start(); err != nil {
			return none, err
		}
	}
	if how == session.NudgeAuto {
		how = session.NudgeSignal
	}
	holders, err := o.nudgees(pid)
	if err != nil {
		return none, err
	}
	n := o.newNudger()
	if err := n.plan(how, holders); err != nil {
		return none, err
	}
	return session.NudgePlan{Groups: n.groups, Notices: n.notices, LeftOut: n.leftOut}, nil
}
