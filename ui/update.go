// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// Update takes a message in and shares the screen out anew: what it brought may need more lines.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.take(msg)
	m.arrange()
	return m, guarded(cmd)
}

// take hands each kind of message to its method.
func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.setSize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return m.key(msg)
	case shellDone:
		m.shellOver(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case patchesMsg:
		return m.gotPatches(msg)
	case openedMsg:
		return m.gotOpened(msg)
	case eventsMsg:
		return m.gotEvents(msg)
	case closedMsg:
		return m.gotClosed(msg)
	case answeredMsg:
		m.gotAnswer(msg)
	case positionMsg:
		m.gotPosition(msg)
	case planMsg:
		m.gotPlan(msg)
	case errorMsg:
		m.gotError(msg)
	case tickMsg:
		m.stale = m.op != nil && m.player() == nil && !m.live.ended && m.opts.Now().Sub(m.heard) > m.tick()
		return tickCmd(m.tick())
	}
	return nil
}

func (m *Model) gotPatches(msg patchesMsg) tea.Cmd {
	if msg.err != nil {
		err := fmt.Errorf("reading the catalogue: %w", msg.err)
		m.fail(err)
		m.patches.setTrouble(session.Plain(full(err.Error())) + " " + m.keys.Redraw.Help().Key + " reads it again.")
		return nil
	}
	m.patches.setList(session.PlainPatches(msg.list))
	return nil
}

func (m *Model) gotOpened(msg openedMsg) tea.Cmd {
	if msg.id != m.opID { // given up meanwhile
		return closeCmd(msg.op, "")
	}
	m.op, m.live = msg.op, newPicture(m.opening)
	m.opening, m.heard = "", m.opts.Now()
	m.recording, m.position = recording{}, session.Position{}
	if m.player() == nil {
		for _, note := range m.caps.Notes {
			m.live.note(m.heard, "note", note, toneWarn)
		}
	}
	m.notice = notice{}
	m.focus = paneDashboard
	m.showPicture()
	return m.nextEvents()
}

func (m *Model) nextEvents() tea.Cmd {
	every := m.opts.Interval
	if m.player() != nil { // who steps and seeks wants to see it at once
		every = fastest
	}
	return eventsCmd(m.ctx, m.opID, m.op.Events(), every)
}

func (m *Model) gotEvents(msg eventsMsg) tea.Cmd {
	if msg.id != m.opID || m.op == nil {
		return nil
	}
	before := m.live.State
	for _, event := range msg.events {
		if m.player() != nil && event.Header().Kind == session.KindStarted {
			m.live = newPicture(m.live.patch) // it may have gone back
		}
		m.recording.add(event)
		m.live.add(event)
		if started, ok := event.(session.Started); ok && started.Note != "" {
			m.say(full(session.Plain(started.Note)))
		}
		if failed, ok := event.(session.Failed); ok && m.live.Phase != session.PhaseFailed {
			m.fail(errors.New(failed.Reason))
		}
	}
	if p := m.player(); p != nil {
		m.position = p.Position()
	}
	m.heard, m.stale = m.opts.Now(), false
	m.live.ended = msg.ended
	m.withdrawDialog()
	var cmds []tea.Cmd
	if m.live.State != before {
		cmds = append(cmds, m.patchesCmd())
	}
	if !msg.ended && m.ctx.Err() == nil {
		cmds = append(cmds, m.nextEvents())
	}
	m.showPicture()
	return tea.Batch(cmds...)
}

func (m *Model) gotClosed(msg closedMsg) tea.Cmd {
	if msg.err != nil {
		m.fail(fmt.Errorf("closing the operation before: %w", msg.err))
	}
	if msg.open == "" {
		return nil
	}
	m.opID++
	return m.openCmd(m.opID, msg.open)
}

func (m *Model) gotError(msg errorMsg) {
	if msg.id != 0 && msg.id != m.opID {
		return
	}
	m.arming = false
	if m.op == nil {
		m.opening = ""
	}
	m.fail(msg.err)
	m.showPicture()
}

func (m *Model) gotAnswer(msg answeredMsg) {
	if msg.id != m.opID {
		return
	}
	m.arming = false
	if msg.said != "" {
		m.say(msg.said)
	}
}

// wheel moves the focused list.
func (m *Model) wheel(msg tea.MouseWheelMsg) {
	switch msg.Button {
	case tea.MouseWheelUp:
		m.table().move(-3)
	case tea.MouseWheelDown:
		m.table().move(3)
	}
}

func (m *Model) table() *table { return m.panes[m.focus].Table() }

// withdrawDialog takes a question back whose ground has gone: what it asked about has happened meanwhile.
func (m *Model) withdrawDialog() {
	if m.dialog == nil || m.dialog.Holds(m.live) && !m.live.ended {
		return
	}
	m.dialog = nil
	m.refuse("The question was taken back: meanwhile it is " + strings.ToUpper(m.live.Phase.String()) + ".")
}

var _ tea.Model = (*Model)(nil)
