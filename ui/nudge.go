// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// nudgeChooser asks how to make the holders leave. esc closes it.
type nudgeChooser struct {
	m      *Model
	one    bool // nudge only holder
	holder session.Holder
	opened time.Time
	// planned is set once notices says whose programs would notice that all, or only holder, are woken.
	planned bool
	notices []string
}

// nudgeQuestion starts with the holder under the cursor if that pane is focused, else with all.
func (m *Model) nudgeQuestion() dialog {
	holder, ok := m.holders.chosen()
	return &nudgeChooser{m: m, one: ok && m.focus == paneHolders, holder: holder, opened: m.opts.Now()}
}

func (n *nudgeChooser) Opened() time.Time     { return n.opened }
func (n *nudgeChooser) Valid(p *picture) bool { return !p.ended && p.nudgeable(n.pid()) }

// nudgeable reports whether nudging the thread pid makes sense; 0 means all. Nudging all makes sense as long as the
// patch is armed, even if nobody is inside for a moment.
func (p *picture) nudgeable(pid int) bool { return p.hasHolder(pid) || pid == 0 && p.armedNow() }

func (n *nudgeChooser) pid() int {
	if n.one {
		return n.holder.PID
	}
	return 0
}

// whom names who would be nudged.
func (n *nudgeChooser) whom() string {
	if n.one {
		return fmt.Sprintf("%s, pid %d", n.holder.Comm, n.holder.PID)
	}
	if _, total := n.m.live.Inside(); total > 0 {
		return session.Counted(total, "holder")
	}
	return "holders"
}

func (n *nudgeChooser) Key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := n.m.keys; {
	case key.Matches(msg, k.Signal) && !n.planned:
		return nil, false
	case key.Matches(msg, k.Signal) && n.m.armsAgain() != "":
		n.m.openDialog(n.m.wakeQuestion(n))
		return nil, false
	case key.Matches(msg, k.Signal):
		return n.m.nudge(session.NudgeSignal, n.pid()), true
	case key.Matches(msg, k.Freeze):
		return n.m.planCmd(n, session.NudgeFreeze, n.pid()), false
	case key.Matches(msg, k.One):
		n.one, n.planned, n.notices = !n.one && n.holder.PID != 0, false, nil
		return n.m.dialogPlanCmd(n), false
	case key.Matches(msg, k.Back):
		return nil, true
	}
	return nil, false
}

func (n *nudgeChooser) Keys() []key.Binding {
	k := n.m.keys
	wake := "wake: as a signal would"
	if n.m.armsAgain() != "" {
		wake = "wake: arms it again first"
	}
	return keysOf(todo(k.Signal, wake), todo(k.Freeze, "freeze: for 2 s at most"), todo(k.One, "one or all"),
		todo(k.Back, "no"))
}

func (n *nudgeChooser) Lines(sk skin) []string {
	whom := n.whom()
	switch {
	case n.one:
		whom += ", only"
	case whom == session.Counted(1, "holder"):
		whom = "the only holder"
	default:
		whom = "all of the " + whom
	}
	k := n.m.keys
	lines := []string{sk.Bold.Render("Nudge " + whom + " on " + n.m.host() + "?")}
	if again := n.m.armsAgain(); again != "" {
		lines = append(lines, again)
	}
	lines = append(lines, n.notices...)
	return append(lines,
		k.Signal.Help().Key+": "+k.Signal.Help().Desc,
		k.Freeze.Help().Key+": "+k.Freeze.Help().Desc,
		k.One.Help().Key+": "+k.One.Help().Desc+"   "+k.Back.Help().Key+": none")
}

// armsAgain says that a nudge first arms a stuck patch again; it returns "" if the patch is not stuck.
func (m *Model) armsAgain() string {
	if m.live.Phase != session.PhaseStuck {
		return ""
	}
	if m.live.Armed.Timeout == 0 {
		return "It is stuck: this arms it again, without a deadline, then nudges."
	}
	return "It is stuck: this arms it again for " + session.Span(m.live.Armed.Timeout) + ", then nudges."
}

// planMsg brings what a nudge would do now. question is the dialog that requested it.
type planMsg struct {
	id       int
	how      string
	pid      int
	question dialog
	plan     session.NudgePlan
	err      error
}

// planCmd finds out what nudging the holder pid would do, or all holders if pid is 0.
func (m *Model) planCmd(question dialog, how string, pid int) tea.Cmd {
	id, op := m.opID, m.op
	return func() tea.Msg {
		plan, err := op.Plan(how, pid)
		if err == nil && how == session.NudgeFreeze && len(plan.Groups) == 0 {
			reasons := append(plan.LeftOut, "nobody else is inside")
			err = errors.New("nobody can be frozen: " + strings.Join(reasons, "; "))
		}
		return planMsg{id, how, pid, question, plan, err}
	}
}

// gotPlan opens the question whether to freeze, or adds the plan to the question to arm. It drops a plan whose
// question is gone.
func (m *Model) gotPlan(msg planMsg) {
	if msg.id != m.opID || m.dialog != msg.question {
		return
	}
	switch question := msg.question.(type) {
	case *confirm:
		if question.plan = append([]string{}, planLines(msg.plan)...); msg.err != nil {
			question.plan = []string{"At this moment " + session.Plain(withPeriod(msg.err.Error()))}
		}
		if len(question.plan) > 0 {
			question.opened = m.opts.Now() // it is complete only now, and has to be read
		}
	case *nudgeChooser:
		if msg.how == session.NudgeSignal {
			question.gotNotices(msg)
			return
		}
		if m.dialog = nil; msg.err != nil {
			m.fail(msg.err)
			return
		}
		m.openDialog(m.freezeQuestion(question, msg.plan))
	}
}

// gotNotices takes in whose programs would notice, unless whom to nudge has been changed since.
func (n *nudgeChooser) gotNotices(msg planMsg) {
	if msg.pid != n.pid() {
		return
	}
	if n.planned, n.notices = true, noticeLines(msg.plan); msg.err != nil {
		n.notices = []string{"Who would notice is not known: " + session.Plain(withPeriod(msg.err.Error()))}
	}
	if len(n.notices) > 0 {
		n.opened = n.m.opts.Now() // it is complete only now, and has to be read
	}
}

// wakeQuestion confirms a nudge by signal where it also arms a stuck patch again.
func (m *Model) wakeQuestion(asked *nudgeChooser) dialog {
	pid := asked.pid()
	lines := append([]string{fmt.Sprintf("Wake %s on %s?", asked.whom(), m.host()), m.armsAgain()}, asked.notices...)
	return m.question("arm it again, and wake", func(p *picture) bool { return p.nudgeable(pid) },
		func() tea.Cmd { return m.nudge(session.NudgeSignal, pid) }, lines...)
}

// freezeQuestion confirms a nudge by freezing; plan is what it would reach.
func (m *Model) freezeQuestion(asked *nudgeChooser, plan session.NudgePlan) dialog {
	pid := asked.pid()
	lines := []string{fmt.Sprintf("Freeze the control groups of %s on %s?", asked.whom(), m.host())}
	if again := m.armsAgain(); again != "" {
		lines = append(lines, again)
	}
	lines = append(lines, planLines(plan)...)
	lines = append(lines, "Everything in there stands still until the switch, at most 2 s; then it goes on.")
	return m.question("freeze: for 2 s at most", func(p *picture) bool { return p.nudgeable(pid) },
		func() tea.Cmd { return m.nudge(session.NudgeFreeze, pid) }, lines...)
}

// planLines say which tasks are frozen together with the holders, whose programs notice that they are woken, and which
// holders are left out.
func planLines(plan session.NudgePlan) []string {
	var lines []string
	for i, g := range plan.Groups {
		if i == groupsNamed {
			lines = append(lines, "And "+session.Counted(len(plan.Groups)-i, "more group")+".")
			break
		}
		lines = append(lines, session.Plain(g.String())+".")
	}
	lines = append(lines, noticeLines(plan)...)
	if n := len(plan.LeftOut); n > 0 {
		lines = append(lines, fmt.Sprintf("Left out: %d, first %s.", n, session.Plain(plan.LeftOut[0])))
	}
	return lines
}

// noticeLines say whose programs notice that they are woken.
func noticeLines(plan session.NudgePlan) []string {
	n := len(plan.Notices)
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s would notice being woken; the first is %s.", session.Counted(n, "program"),
		session.Plain(plan.Notices[0]))}
}

// groupsNamed is the number of control groups that a question names.
const groupsNamed = 2
