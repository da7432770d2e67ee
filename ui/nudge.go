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

// nudgeChooser asks how to make holders leave; esc is none.
type nudgeChooser struct {
	m      *Model
	one    bool
	holder session.Holder
	opened time.Time
}

// nudgeQuestion starts with the holder under the cursor if that pane is looked at, else with all.
func (m *Model) nudgeQuestion() dialog {
	holder, ok := m.holders.chosen()
	return &nudgeChooser{m: m, one: ok && m.focus == paneHolders, holder: holder, opened: m.opts.Now()}
}

func (n *nudgeChooser) Opened() time.Time     { return n.opened }
func (n *nudgeChooser) Holds(p *picture) bool { return p.nudgeable(n.pid()) }

// nudgeable tells whether a nudge of the thread pid makes sense. That of all, 0, does while it is armed: for a moment
// nobody may be inside.
func (p *picture) nudgeable(pid int) bool { return p.holds(pid) || pid == 0 && p.armedNow() }

func (n *nudgeChooser) pid() int {
	if n.one {
		return n.holder.PID
	}
	return 0
}

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
	case key.Matches(msg, k.Signal) && n.m.armsAgain() != "":
		n.m.ask(n.m.wakeQuestion(n))
		return nil, false
	case key.Matches(msg, k.Signal):
		return n.m.nudge("signal", n.pid()), true
	case key.Matches(msg, k.Freeze):
		return n.m.planCmd(n, n.pid()), false
	case key.Matches(msg, k.One):
		n.one = !n.one && n.holder.PID != 0
		return nil, false
	case key.Matches(msg, k.Back):
		return nil, true
	}
	return nil, false
}

func (n *nudgeChooser) Keys() []key.Binding {
	k := n.m.keys
	short := func(b key.Binding, desc string) key.Binding {
		b.SetHelp(b.Help().Key, desc)
		return b
	}
	return []key.Binding{short(k.Signal, "wake"), short(k.Freeze, "freeze"), short(k.One, "one or all"), short(k.Back, "none")}
}

func (n *nudgeChooser) Lines(l look) []string {
	whom := n.whom()
	if n.one {
		whom += ", only"
	} else {
		whom = "all of the " + whom
	}
	k := n.m.keys
	lines := []string{l.Bold.Render("Nudge " + whom + " on " + n.m.host() + "?")}
	if again := n.m.armsAgain(); again != "" {
		lines = append(lines, again)
	}
	return append(lines,
		k.Signal.Help().Key+": "+k.Signal.Help().Desc,
		k.Freeze.Help().Key+": "+k.Freeze.Help().Desc,
		k.One.Help().Key+": "+k.One.Help().Desc+"   "+k.Back.Help().Key+": none")
}

// armsAgain says what a nudge does first to what is stuck, or "".
func (m *Model) armsAgain() string {
	if m.live.Phase != session.PhaseStuck {
		return ""
	}
	if m.live.Armed.Timeout == 0 {
		return "It is stuck: this arms it again, without a deadline, then nudges."
	}
	return "It is stuck: this arms it again for " + session.Span(m.live.Armed.Timeout) + ", then nudges."
}

// planMsg brings what freezing would reach, for the question that was asked.
type planMsg struct {
	id    int
	asked dialog
	plan  session.FreezePlan
	err   error
}

func (m *Model) planCmd(asked dialog, pid int) tea.Cmd {
	id, op := m.opID, m.op
	return func() tea.Msg {
		plan, err := op.FreezePlan(pid)
		if err == nil && len(plan.Groups) == 0 {
			err = errors.New("nobody can be frozen: " + strings.Join(append(plan.LeftOut, "nobody else is inside"), "; "))
		}
		return planMsg{id, asked, plan, err}
	}
}

// gotPlan asks whether to freeze that, or adds it to the question to arm, unless the question it was for has gone.
func (m *Model) gotPlan(msg planMsg) {
	if msg.id != m.opID || m.dialog != msg.asked {
		return
	}
	switch asked := msg.asked.(type) {
	case *confirm:
		if asked.plan = planLines(msg.plan); msg.err != nil {
			asked.plan = []string{"At this moment " + session.Plain(full(msg.err.Error()))}
		}
		asked.opened = m.opts.Now() // only now can it be read whole
	case *nudgeChooser:
		if m.dialog = nil; msg.err != nil {
			m.fail(msg.err)
			return
		}
		m.ask(m.freezeQuestion(asked, msg.plan))
	}
}

// wakeQuestion asks, where a nudge by signal is more than a nudge: it arms again.
func (m *Model) wakeQuestion(asked *nudgeChooser) dialog {
	pid := asked.pid()
	return m.question(func(p *picture) bool { return p.nudgeable(pid) }, func() tea.Cmd { return m.nudge("signal", pid) },
		fmt.Sprintf("Wake %s on %s?", asked.whom(), m.host()), m.armsAgain())
}

func (m *Model) freezeQuestion(asked *nudgeChooser, plan session.FreezePlan) dialog {
	pid := asked.pid()
	lines := []string{fmt.Sprintf("Freeze the control groups of %s on %s?", asked.whom(), m.host())}
	if again := m.armsAgain(); again != "" {
		lines = append(lines, again)
	}
	lines = append(lines, planLines(plan)...)
	lines = append(lines, "Everything in there stands still until the switch, at most 2 s; then it goes on.")
	return m.question(func(p *picture) bool { return p.nudgeable(pid) }, func() tea.Cmd { return m.nudge("freeze", pid) }, lines...)
}

// planLines say what is frozen with the holders, and who is not.
func planLines(plan session.FreezePlan) []string {
	var lines []string
	for i, g := range plan.Groups {
		if i == groupsNamed {
			lines = append(lines, "And "+session.Counted(len(plan.Groups)-i, "group")+" more.")
			break
		}
		lines = append(lines, session.Plain(g.Path)+": "+session.Counted(len(g.Holders), "holder")+", and "+others(g.Others)+".")
	}
	if n := len(plan.LeftOut); n > 0 {
		lines = append(lines, fmt.Sprintf("Left out: %d, first %s.", n, session.Plain(plan.LeftOut[0])))
	}
	return lines
}

const (
	groupsNamed = 2 // in the question
	othersNamed = 3
)

// others says what else is frozen with the holders.
func others(names []string) string {
	switch n := len(names); {
	case n == 0:
		return "nothing else"
	case n <= othersNamed:
		return session.Plain(strings.Join(names, ", "))
	default:
		return session.Plain(strings.Join(names[:othersNamed], ", ")) + fmt.Sprintf(" and %d more", n-othersNamed)
	}
}
