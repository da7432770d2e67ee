// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// action is something that changes the machine.
type action struct {
	binding key.Binding
	// refusal says why it cannot be done now, or "".
	refusal func() string
	open    func() dialog
}

func (m *Model) actions() []action {
	return []action{
		{m.keys.Arm, m.armRefusal, m.armQuestion},
		{m.keys.Revert, m.revertRefusal, m.revertQuestion},
		{m.keys.Abort, m.abortRefusal, m.abortQuestion},
		{m.keys.Retry, m.retryRefusal, m.retryQuestion},
		{m.keys.Nudge, m.nudgeRefusal, m.nudgeQuestion},
	}
}

// actionKey opens the question of an action, or says why there is none.
func (m *Model) actionKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	for _, a := range m.actions() {
		if !key.Matches(msg, a.binding) {
			continue
		}
		why := m.refusal()
		if why == "" {
			why = a.refusal()
		}
		if why != "" {
			m.refuse(why)
			return nil, true
		}
		d := a.open()
		m.ask(d)
		return m.foreseen(d), true
	}
	return nil, false
}

// refusal says why nothing can be changed at all.
func (m *Model) refusal() string {
	switch {
	case m.player() != nil:
		return "This is a recording: nothing can be changed in it."
	case m.opts.ReadOnly:
		return "Read-only: the console was started so, and changes nothing."
	case !m.caps.CanSwitch:
		return orWords(strings.Join(m.caps.Notes, " "), "Read-only: nothing can be switched on this machine.")
	case m.live == nil:
		return "No patch in hand: " + m.keys.Enter.Help().Key + " in pane 1 chooses one."
	case m.live.ended:
		return "The operation has ended: " + m.keys.Enter.Help().Key + " in pane 1 opens it again."
	}
	return ""
}

func (m *Model) armRefusal() string {
	info, _ := m.patches.find(m.live.patch)
	switch {
	case m.armed():
		return "It is armed already: " + m.keys.Abort.Help().Key + " aborts that."
	case m.live.State == session.StateApplied:
		return "It is applied already: " + m.keys.Revert.Help().Key + " reverts it."
	case len(info.Refusals) > 0:
		return "It cannot be applied here: " + strings.Join(info.Refusals, "; ")
	}
	return ""
}

func (m *Model) revertRefusal() string {
	switch {
	case m.live.armedNow():
		return "It is armed: " + m.keys.Abort.Help().Key + " aborts that first."
	case m.live.State != session.StateApplied:
		return "It is not applied: there is nothing to revert."
	}
	return ""
}

func (m *Model) abortRefusal() string {
	if !m.live.armedNow() {
		return "Nothing is armed."
	}
	return ""
}

func (m *Model) retryRefusal() string {
	if m.live.Phase != session.PhaseStuck {
		return "It is not stuck: there is nothing to retry."
	}
	return ""
}

func (m *Model) nudgeRefusal() string {
	if !m.live.armedNow() {
		return "Nothing is armed: who is nudged out would come back before anything could switch."
	}
	if !m.live.holds(0) {
		return "Nobody is inside: there is nobody to nudge."
	}
	return ""
}

// ask opens a question; keys typed in its first moment are swallowed.
func (m *Model) ask(d dialog) { m.dialog = d }

func (m *Model) arm(direction session.Direction) tea.Cmd {
	opts := m.opts.Arm
	opts.Direction = direction
	m.arming = true
	return m.askCmd("",
		func(op session.Operation) error { return op.Arm(opts) })
}

func (m *Model) nudge(how string, pid int) tea.Cmd {
	whom := "all holders"
	if pid != 0 {
		whom = fmt.Sprintf("pid %d", pid)
	}
	return m.askCmd("Nudged "+whom+" by "+how+".",
		func(op session.Operation) error { return op.Nudge(how, pid) })
}
