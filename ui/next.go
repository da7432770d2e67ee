// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"charm.land/bubbles/v2/key"

	"spotos/session"
)

// The line below the sentence says what makes sense now. What is recommended comes first, and each key is followed by
// what comes of it. advised decides that for a patch in hand, and nextSteps for all else.

// nextSteps returns what makes sense now, what is recommended first.
func (m *Model) nextSteps() []key.Binding {
	k := m.keys
	quit := todo(k.Quit, "quit")
	switch {
	case m.helping:
		return keysOf(todo(k.Help, "back"), todo(k.PageDown, "a page down"))
	case m.opener != nil && !m.opener.cancelled:
		return keysOf(noKey("wait: opening changes nothing"), todo(k.Back, "cancel: nothing stays loaded"))
	case m.focus == paneFixes:
		return m.fixKeys()[:2]
	case m.pageOpen():
		return m.pageSteps()
	case m.player() != nil:
		return m.playSteps()
	case m.live == nil && m.patches.loaded && len(m.patches.list) == 0:
		return keysOf(todo(k.Redraw, "reads the catalogue again"), quit)
	case m.live == nil:
		return keysOf(todo(k.Enter, "show this patch: once more opens it"), quit)
	case m.live.ended:
		return keysOf(todo(bind("1, enter", "", "1"), "open the patch again: its watch has ended"), quit)
	case m.readOnly():
		return keysOf(noKey("watch: nothing can be changed from here"), quit)
	}
	return m.advised()
}

// pageSteps returns what makes sense on the page of a patch.
func (m *Model) pageSteps() []key.Binding {
	does := m.enterDoes()
	if does == openIt {
		does += ": loads its module and counts calls"
	}
	return keysOf(todo(m.keys.Enter, does), todo(m.keys.Patch, "diff"), todo(m.keys.Back, "back"))
}

// playSteps returns what makes sense in a recording.
func (m *Model) playSteps() []key.Binding {
	k, p := m.keys, m.position
	skip, event := k.Skip.Keys(), k.Step.Keys()
	play := todo(k.Play, "pause")
	if p.Paused {
		play = todo(k.Play, "play on")
	}
	back := todo(bind(skip[0], "", skip[0]), "back: to the entry of the log before")
	if p.Event == p.Events {
		return keysOf(todo(k.Quit, "quit: the recording has ended"), back)
	}
	return keysOf(play, todo(bind(skip[1], "", skip[1]), "on: to the next entry of the log"),
		todo(bind(event[1], "", event[1]), "an event on"), todo(k.Quit, "quit"))
}

// advised returns what makes sense for the patch in hand, which can be switched from here.
func (m *Model) advised() []key.Binding {
	k, p := m.keys, m.live
	abort := todo(k.Abort, "abort: "+p.stays())
	quit := todo(k.Quit, "quit: "+p.stays())
	switch {
	case p.State == session.StateNotRunning:
		return keysOf(noKey("reboot: nothing here can mend it"), todo(k.Quit, "quit"))
	case p.ByOther() != "" && p.Phase == session.PhaseStuck:
		return keysOf(todo(k.Abort, "abort: asks the one that armed it"), noKey("or nudge and retry there"))
	case p.ByOther() != "":
		return keysOf(noKey("wait: it was armed elsewhere, and switches by itself"),
			todo(k.Abort, "abort: asks the one that armed it"))
	case m.arming && !p.armedNow():
		return keysOf(noKey("wait: the kernel prepares the switch"))
	case p.Attempt.Switched && p.armedNow():
		return keysOf(noKey("wait: it has switched, and the receipt follows"))
	}
	switch p.Phase {
	case session.PhaseArmed, session.PhaseReverting, session.PhaseSafePoint, session.PhaseAttempting:
		return m.armedSteps(abort)
	case session.PhaseStuck:
		return append(m.stuckSteps(), abort)
	case session.PhaseApplied:
		return m.lookSteps(todo(k.Revert, "revert: back to the old code"), quit)
	case session.PhaseReverted:
		return m.lookSteps(todo(k.Arm, "arm: apply it again"), quit)
	case session.PhaseAborted, session.PhaseFailed:
		return append(m.againSteps(), quit)
	}
	if m.refused(p.patch) {
		return keysOf(noKey("watch: it cannot be applied here, and pane 1 says why"), quit)
	}
	return keysOf(todo(k.Arm, "arm: it switches when nobody is inside"), quit)
}

// stays says which code runs on where nothing is switched.
func (p *picture) stays() string {
	switch p.Code() {
	case session.CodeNew:
		return "the new code stays"
	case session.CodeOld:
		return "the old code stays"
	}
	return "nothing changes"
}

// armedSteps returns what makes sense while a patch is armed: to wait, unless somebody stays whom a nudge would free
// and whom nothing else wakes.
func (m *Model) armedSteps(abort key.Binding) []key.Binding {
	k, p := m.keys, m.live
	who, frees, inside := p.obstacle()
	name, nudge := m.holderName(who), todo(k.Nudge, "nudge: wake who is inside")
	switch {
	case !inside || !p.overdue(who) || !frees:
		return keysOf(noKey("wait: it switches by itself at the next safe point"), abort, nudge)
	case p.Armed.Nudge != "":
		return keysOf(noKey("wait: it wakes "+name+" by itself"), abort, nudge)
	}
	nudge = todo(k.Nudge, "nudge: wake "+name+", who stays inside")
	return keysOf(nudge, abort, noKey("or wait until it leaves"))
}

// stuckSteps returns what helps a patch that is stuck: a retry alone meets those who are still inside.
func (m *Model) stuckSteps() []key.Binding {
	k := m.keys
	who, frees, inside := m.live.obstacle()
	name := m.holderName(who)
	switch {
	case !inside:
		return keysOf(todo(k.Retry, "retry: nobody is inside now"))
	case frees:
		return keysOf(todo(k.Nudge, "nudge: wake "+name+", try again"), todo(k.Retry, "retry: meets "+name+" again"))
	}
	nudge := todo(k.Nudge, "nudge: does not free it")
	if !who.Kthread {
		nudge = todo(k.Nudge, "nudge: a freeze keeps it out once it leaves")
	}
	return keysOf(todo(k.Retry, "retry: switches once "+name+" has left"), nudge)
}

// againSteps returns how to ask again for a switch that was aborted or has failed: with what helps against the one that
// was in the way, if it is still there.
func (m *Model) againSteps() []key.Binding {
	k, p := m.keys, m.live
	again, text := k.Arm, "arm again"
	if p.State == session.StateApplied {
		again, text = k.Revert, "revert again"
	}
	who, frees, inside := p.obstacle()
	name := m.holderName(who)
	switch {
	case p.Phase == session.PhaseFailed:
		return keysOf(todo(again, text+": once the cause is gone"))
	case !inside || !lingers(who):
		return keysOf(todo(again, text+": it switches when nobody is inside"))
	case !frees:
		return keysOf(todo(again, text+": once "+name+" has left"))
	case m.opts.Arm.Settled().Nudge == "":
		return keysOf(todo(again, text+", then "+k.Nudge.Help().Key+" to wake "+name))
	}
	return keysOf(todo(again, text+": it wakes "+name+" by itself"))
}

// holderName returns the name of a task as a line has room for it.
func (m *Model) holderName(h session.Holder) string { return cut(h.Comm, holderNamed, m.skin.ellipsis) }

// lookSteps returns what makes sense after a switch: to look at its effect first, if the patch has a command for that,
// and else to leave it at that.
func (m *Model) lookSteps(back, quit key.Binding) []key.Binding {
	info, _ := m.patches.find(m.live.patch)
	if info.Look == "" {
		return keysOf(quit, back, m.keys.Shell)
	}
	look := cut(info.Look, m.width-besideLook, m.skin.ellipsis)
	return keysOf(todo(m.keys.Shell, "a shell: "+look), back, quit)
}

// besideLook is how many columns the line needs beside a patch's command, so that no key after it is cut.
const besideLook = len("Next: ! a shell:    v revert   q quit")
