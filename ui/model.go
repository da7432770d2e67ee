// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"time"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// Model is the whole screen. It owns the geometry, the patch in hand and whatever is being asked; the
// panes own their lists.
type Model struct {
	ctx       context.Context
	console   session.Console
	kernelLog *kernelLog
	caps      session.Capabilities
	opts      Options
	keys      KeyMap
	look      look

	width, height int
	focus         int
	zoomed        bool
	panes         [paneCount]pane
	patches       *patchesPane
	dashboard     *dashboardPane
	holders       *holdersPane

	op        session.Operation
	opID      int    // grows with each opening; messages of an older one are dropped
	opening   string // asked for and not there yet
	live      *picture
	shown     *picture // live, or what it was when the picture was frozen
	paused    bool
	position  session.Position // in a recording
	recording recording
	stale     bool
	arming    bool      // asked for, and not answered yet
	heard     time.Time // when the last event came

	dialog    dialog
	filter    textinput.Model
	filtering bool
	helping   bool
	help      help.Model
	notice    notice
}

// notice is the one line that errors and answers are shown in.
type notice struct {
	text string
	tone tone
}

// newModel returns the screen before anything is known.
func newModel(ctx context.Context, console session.Console, opts Options, l look) *Model {
	m := &Model{
		ctx: ctx, console: console, caps: session.PlainCapabilities(console.Capabilities()), opts: opts, keys: DefaultKeys(), look: l,
		patches: newPatchesPane(l), dashboard: newDashboardPane(l), holders: newHoldersPane(l),
		filter: textinput.New(), help: help.New(), kernelLog: &kernelLog{},
	}
	m.panes = [paneCount]pane{m.patches, m.dashboard, m.holders, newLogPane(l)}
	m.filter.Prompt = "/"
	m.filter.SetVirtualCursor(false)
	m.help.Styles = help.Styles{
		ShortKey: l.Key, ShortDesc: l.Faint, ShortSeparator: l.Faint, Ellipsis: l.Faint,
		FullKey: l.Key, FullDesc: l.Plain, FullSeparator: l.Faint,
	}
	m.help.ShortSeparator, m.help.FullSeparator, m.help.Ellipsis = "  ", "  ", l.ellipsis
	m.setSize(0, 0)
	return m
}

// Init asks for the catalogue, and for the patch that was named on the command line.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.patchesCmd(), tickCmd(m.tick())}
	if m.opts.Patch != "" {
		cmds = append(cmds, m.choose(m.opts.Patch))
	}
	return guarded(tea.Batch(cmds...))
}

func (m *Model) tick() time.Duration { return silence * max(m.opts.Interval, time.Second) }

// readOnly tells whether the machine can be changed from here.
func (m *Model) readOnly() bool { return m.opts.ReadOnly || !m.caps.CanSwitch }

// choose closes the operation in hand and opens one on patch.
func (m *Model) choose(patch string) tea.Cmd {
	m.opening = patch
	m.notice = notice{"Opening " + patch + ".", toneNone}
	if m.op == nil {
		m.opID++
		return m.openCmd(m.opID, patch)
	}
	op := m.op
	m.drop()
	return closeCmd(op, patch)
}

// drop forgets the operation in hand; its late messages will not count.
func (m *Model) drop() {
	m.op, m.live, m.shown = nil, nil, nil
	m.paused, m.stale, m.arming = false, false, false
	m.position = session.Position{}
	m.opID++
	m.showPicture()
}

// show puts the picture into the panes.
func (m *Model) showPicture() {
	if !m.paused {
		m.shown = m.live
	}
	for _, p := range m.panes {
		p.SetPicture(m.shown)
	}
}

// fail shows an error. Every error of the console comes here.
func (m *Model) fail(err error) {
	text := session.Plain(full(err.Error()))
	m.notice = notice{text, toneBad}
	if m.live != nil {
		m.live.note(m.opts.Now(), "error", text, toneBad)
	}
}

// say shows a line that is no error.
func (m *Model) say(text string) { m.notice = notice{text, toneNone} }

// refuse says why a key does nothing now.
func (m *Model) refuse(text string) { m.notice = notice{text, toneWarn} }

// armed tells whether leaving would take an arming back.
func (m *Model) armed() bool { return m.player() == nil && (m.arming || m.live.armedNow()) }

// host is the machine that would be changed.
func (m *Model) host() string {
	if m.live != nil && m.live.Started.Host != "" {
		return m.live.Started.Host
	}
	if m.opts.Host != "" {
		return m.opts.Host
	}
	return m.caps.Host
}
