// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// action is a key that changes the machine, with the question it opens.
type action struct {
	binding key.Binding
	// refusal returns why the action is impossible now, or "".
	refusal func() string
	// question builds the dialog that asks for confirmation.
	question func() dialog
}

// actions lists the actions in the order in which keys are matched.
func (m *Model) actions() []action {
	return []action{
		{m.keys.Arm, m.armRefusal, m.armQuestion},
		{m.keys.Revert, m.revertRefusal, m.revertQuestion},
		{m.keys.Abort, m.abortRefusal, m.abortQuestion},
		{m.keys.Retry, m.retryRefusal, m.retryQuestion},
		{m.keys.Nudge, m.nudgeRefusal, m.nudgeQuestion},
	}
}

// actionKey opens the question of the action that msg is bound to, or shows why the action is impossible. It returns
// false when no action is bound to the key.
func (m *Model) actionKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	for _, a := range m.actions() {
		if !key.Matches(msg, a.binding) {
			continue
		}
		if why := m.whyNot(a); why != "" {
			m.refuse(why)
			return nil, true
		}
		d := a.question()
		m.openDialog(d)
		return m.dialogPlanCmd(d), true
	}
	return nil, false
}

// whyNot returns why an action is impossible now, or "".
func (m *Model) whyNot(a action) string {
	if why := m.refusal(); why != "" {
		return why
	}
	return a.refusal()
}

// refusal returns why no action at all is possible, or "".
func (m *Model) refusal() string {
	switch {
	case m.player() != nil:
		return "This is a recording: nothing can be changed in it."
	case m.opts.ReadOnly:
		return "Read-only: the console was started read-only and changes nothing."
	case !m.caps.CanSwitch:
		return cmp.Or(strings.Join(m.caps.Notes, " "), "Read-only: nothing can be switched on this machine.")
	case m.live == nil:
		return "No patch chosen: " + m.keys.Enter.Help().Key + " in pane 1 shows one, and again opens it."
	case m.live.ended:
		return "The operation has ended: " + m.keys.Enter.Help().Key + " in pane 1 opens it again."
	}
	return ""
}

// armRefusal returns why the patch in hand cannot be armed, or "". It and the four below expect that refusal returned
// "".
func (m *Model) armRefusal() string {
	info, _ := m.patches.find(m.live.patch)
	switch {
	case m.armed(), m.live.armedNow():
		return "It is armed already" + m.byOther() + ": " + m.keys.Abort.Help().Key + " aborts that."
	case m.live.State == session.StateNotRunning:
		return "It is applied, but its replacements do not run: reboot the machine."
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
		return "It is armed" + m.byOther() + ": " + m.keys.Abort.Help().Key + " aborts that first."
	case m.live.State == session.StateNotRunning:
		return "Its replacements do not run, and taking it back could bring the machine down: reboot it."
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
	if m.live.ByOther() != "" {
		return m.onlyThere()
	}
	if m.live.Phase != session.PhaseStuck {
		return "It is not stuck: there is nothing to retry."
	}
	return ""
}

// byOther names the other process that armed the patch; "" if none has.
func (m *Model) byOther() string {
	if who := m.live.ByOther(); who != "" {
		return " by " + who
	}
	return ""
}

// onlyThere says why an arming of another process can neither be retried nor nudged for here.
func (m *Model) onlyThere() string {
	return "It is armed" + m.byOther() + ": retry and nudge there, or " + m.keys.Abort.Help().Key + " aborts it."
}

func (m *Model) nudgeRefusal() string {
	if m.live.ByOther() != "" {
		return m.onlyThere()
	}
	if !m.live.armedNow() {
		return "Nothing is armed: a holder nudged out now would come back before anything could switch."
	}
	if !m.live.hasHolder(0) {
		return "Nobody is inside: there is nobody to nudge."
	}
	return ""
}

// openDialog shows the question d. dialogKey drops keys typed before the operator could read it.
func (m *Model) openDialog(d dialog) { m.dialog = d }

// askToArm notes that an arming is requested. The kernel takes long to answer where there are many functions, since
// each gets a handler first.
func (m *Model) askToArm() { m.arming, m.asked = true, m.opts.Now() }

// armingStep says for how long the kernel has been preparing a switch and what for, "" where it is not: that goes on
// for a while after it has armed. Each sample draws it again.
func (m *Model) armingStep() string {
	waits := m.live.Sample.Preparing
	if m.live.armedNow() && waits == "" || !m.live.armedNow() && !m.arming {
		return ""
	}
	since := "" // a recording does not know
	if !m.asked.IsZero() {
		since = ", for " + minutes(m.opts.Now().Sub(m.asked))
	}
	return "Arming" + since + ": " + cmp.Or(waits, "the kernel prepares the switch") + ". Nothing has changed yet; the " +
		"functions run as before."
}

// arm returns the command that arms the patch in hand on the terms of Options.Arm.
func (m *Model) arm(direction session.Direction) tea.Cmd {
	opts := m.opts.Arm
	opts.Direction = direction
	m.askToArm()
	return m.requestCmd("",
		func(op session.Operation) error { return op.Arm(opts) })
}

// nudge returns the command that nudges the thread pid, or all holders if pid is 0. how is
// session.NudgeSignal or session.NudgeFreeze.
func (m *Model) nudge(how string, pid int) tea.Cmd {
	whom := "all holders"
	if pid != 0 {
		whom = fmt.Sprintf("pid %d", pid)
	}
	return m.requestCmd("Nudged "+whom+" by "+how+".",
		func(op session.Operation) error { return op.Nudge(how, pid) })
}
