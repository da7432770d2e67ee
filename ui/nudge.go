// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
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
func (n *nudgeChooser) Holds(p *picture) bool { return p.holds(n.pid()) }

func (n *nudgeChooser) pid() int {
	if n.one {
		return n.holder.PID
	}
	return 0
}

func (n *nudgeChooser) Key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k := n.m.keys; {
	case key.Matches(msg, k.Signal):
		return n.m.nudge("signal", n.pid()), true
	case key.Matches(msg, k.Freeze):
		n.m.ask(n.m.freezeQuestion(n.pid()))
		return nil, true
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
	whom := "all of the " + counted(n.m.live.sample.Total, "holder")
	if n.one {
		whom = fmt.Sprintf("%s, pid %d, only", n.holder.Comm, n.holder.PID)
	}
	k := n.m.keys
	return []string{
		l.Bold.Render("Nudge " + whom + " on " + n.m.host() + "?"),
		k.Signal.Help().Key + ": " + k.Signal.Help().Desc,
		k.Freeze.Help().Key + ": " + k.Freeze.Help().Desc,
		k.One.Help().Key + ": " + k.One.Help().Desc + "   " + k.Back.Help().Key + ": none",
	}
}
