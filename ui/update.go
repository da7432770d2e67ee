// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// Update handles a message and lays the panes out again: the message may have changed how many lines they need.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.forgetAnswer()
	cmd := m.dispatch(msg)
	m.inspect()
	if page := m.pageCmd(); page != nil {
		cmd = tea.Batch(cmd, page)
	}
	m.arrange()
	return m, guarded(cmd)
}

// dispatch hands each kind of message to its method.
func (m *Model) dispatch(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.setSize(msg.Width, msg.Height)
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case shellDoneMsg:
		return m.gotShellDone(msg)
	case tea.MouseClickMsg:
		return m.click(msg)
	case tea.MouseWheelMsg:
		return m.wheel(msg)
	case patchesMsg:
		return m.gotPatches(msg)
	case aboutMsg:
		m.gotAbout(msg)
	case openedMsg:
		return m.gotOpened(msg)
	case eventsMsg:
		return m.gotEvents(msg)
	case closedMsg:
		m.gotClosed(msg)
	case answeredMsg:
		m.gotAnswer(msg)
	case pastMsg:
		m.gotPast(msg)
	case positionMsg:
		m.gotPosition(msg)
	case planMsg:
		m.gotPlan(msg)
	case errorMsg:
		m.gotError(msg)
	case progressMsg, jobTickMsg, jobDoneMsg:
		return m.gotJob(msg)
	case openTickMsg:
		return m.gotOpenTick(msg)
	case tickMsg:
		m.stale = m.op != nil && m.player() == nil && !m.live.ended && m.opts.Now().Sub(m.lastEvent) > m.tick()
		return tickCmd(m.tick())
	}
	return nil
}

// inspect has the holders stand as the operator has ordered them by now, and has the samples describe the one whose
// details are open.
func (m *Model) inspect() {
	if m.holders.tree != m.holders.grouped() {
		m.holders.regroup()
	}
	pid := 0
	if h, ok := m.holders.chosen(); ok && m.stackIsOpen() {
		pid = h.PID
	}
	if pid != m.inspected && m.op != nil {
		m.op.Inspect(pid)
		m.inspected = pid
	}
}

// gotPatches shows a new catalogue, or why there is none.
func (m *Model) gotPatches(msg patchesMsg) tea.Cmd {
	if msg.err != nil {
		err := fmt.Errorf("reading the catalogue: %w", msg.err)
		m.fail(err)
		retry := m.keys.Redraw.Help().Key + " reads it again."
		m.patches.setReadError(session.Plain(withPeriod(err.Error())) + " " + retry)
		return nil
	}
	m.patches.setList(session.PlainPatches(msg.list))
	if m.built != "" {
		return m.openBuilt()
	}
	return nil
}

// gotOpened takes over an operation and starts to wait for its events.
func (m *Model) gotOpened(msg openedMsg) tea.Cmd {
	if msg.id != m.opID { // another patch was chosen meanwhile
		return closeCmd(msg.op)
	}
	patch := m.opening
	m.notice = notice{}
	if m.endOpening() {
		return closeCmd(msg.op)
	}
	m.op, m.live, m.inspected = msg.op, m.continued(patch), 0
	m.lastEvent = m.opts.Now()
	m.recording, m.position = recording{}, session.Position{}
	m.recorded = recordedTimeline(m.player())
	if m.player() == nil && len(m.live.log) == 0 {
		for _, note := range m.caps.Notes {
			m.live.note(m.lastEvent, "note", note, toneWarn)
		}
	}
	m.focus = m.toPane
	m.showPicture()
	return tea.Batch(m.nextEvents(), m.pastCmd(m.live.told))
}

// nextEvents waits for more events of the operation in hand.
func (m *Model) nextEvents() tea.Cmd {
	every := m.opts.Interval
	if m.player() != nil { // a step or a leap must show at once
		every = fastest
	}
	return eventsCmd(m.ctx, m.opID, m.op.Events(), every, m.line)
}

// gotEvents updates the picture and waits for the next events.
func (m *Model) gotEvents(msg eventsMsg) tea.Cmd {
	if msg.id != m.opID || m.op == nil {
		return nil
	}
	before := m.live.State
	for _, event := range msg.events {
		if m.player() != nil && event.Header().Kind == session.KindStarted {
			m.live = newPicture(m.live.patch) // the player may have gone back
		}
		m.recording.add(event)
		m.live.add(event)
		if started, ok := event.(session.Started); ok && started.Note != "" {
			m.inform(withPeriod(session.Plain(started.Note)))
		}
		if failed, ok := event.(session.Failed); ok && m.live.Phase != session.PhaseFailed {
			m.fail(errors.New(failed.Reason))
		}
	}
	if p := m.player(); p != nil {
		m.position = p.Position()
	} else {
		m.tickets.add(m.live)
	}
	m.lastEvent, m.stale = m.opts.Now(), false
	m.live.ended = msg.ended
	m.withdrawDialog()
	var cmds []tea.Cmd
	if m.live.State != before {
		cmds = append(cmds, m.patchesCmd())
	}
	if !msg.ended && m.ctx.Err() == nil {
		cmds = append(cmds, m.nextEvents(), m.followOthers())
	}
	m.showPicture()
	return tea.Batch(cmds...)
}

// gotClosed shows what went wrong when an operation was closed that came too late.
func (m *Model) gotClosed(msg closedMsg) {
	if msg.err != nil {
		m.fail(fmt.Errorf("closing the operation before: %w", msg.err))
	}
}

// gotError shows the error of a command.
func (m *Model) gotError(msg errorMsg) {
	if msg.id != 0 && msg.id != m.opID {
		return
	}
	m.arming = false
	if m.op == nil && msg.id != 0 && m.endOpening() {
		return
	}
	m.fail(msg.err)
	m.showPicture()
}

// gotAnswer shows that a request was accepted.
func (m *Model) gotAnswer(msg answeredMsg) {
	if msg.id != m.opID {
		return
	}
	m.arming = false
	if msg.text != "" {
		m.answer(msg.text)
	}
}

// withdrawDialog closes a question that no longer makes sense: what it asked about has happened meanwhile.
func (m *Model) withdrawDialog() {
	if m.dialog == nil || m.dialog.Valid(m.live) {
		return
	}
	m.dialog = nil
	m.refuse("The question was withdrawn: the patch is " + strings.ToUpper(m.live.Phase.String()) + " now.")
}

var _ tea.Model = (*Model)(nil)
