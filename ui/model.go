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

// Model is the whole screen. It owns the geometry, the patch in hand and the open question; the panes own their
// lists. Only Bubble Tea's event loop may call its methods.
type Model struct {
	ctx       context.Context
	console   session.Console
	kernelLog *kernelLog
	line      backlog
	caps      session.Capabilities
	opts      Options
	keys      KeyMap
	skin      skin

	width, height int
	focus         int
	zoomed        bool
	panes         [paneCount]pane
	patches       *patchesPane
	dashboard     *dashboardPane
	holders       *holdersPane
	programs      *programsPane
	fixes         *fixesPane

	op        session.Operation
	opID      int    // grows with each opening; messages of older operations are dropped
	opening   string // the patch that is being opened, or ""
	opener    *opening
	toPane    int  // that has the focus then
	inspected int  // the holder that the samples describe because its details are open; 0: none
	byProgram bool // operations are opened to count calls by program
	live      *picture
	shown     *picture // live, or a copy of it while the picture is paused
	paused    bool
	captions  bool                // they are on the screen
	position  session.Position    // in the recording that is played
	recording recording           // for an export
	tickets   tickets             // what stays in the terminal
	kept      map[string]*picture // the last one of each patch that was in hand before, for its log
	asking    bool                // what was done by others is being asked for
	recorded  timeline            // of the whole recording in hand
	strip     strip
	stale     bool      // no event has come for long: see silence
	arming    bool      // an arming is requested and not answered yet
	asked     time.Time // since when
	lastEvent time.Time // when it came, on this machine's clock

	job         *job   // the latest; nil: none yet
	built       string // the patch that is opened once the catalogue has it, or ""
	beforeFixes int    // the pane that had the focus before the fixes
	beforePage  int    // and before the page of a patch
	pageOf      string // what that page was read for last, or ""
	describing  bool   // it is being read

	dialog  dialog
	input   textinput.Model // the line below the panes, for:
	prompt  prompt
	palette table
	search  search
	helping bool
	helpTop int // the first line of the help that is on the screen
	help    help.Model
	notice  notice
}

// notice is the one line that shows errors and answers. What came of a key goes after a while, since it may not be so
// any more; an error stays until the next key.
type notice struct {
	text  string
	tone  tone
	until time.Time // zero: it stays
}

// answerShown is how long what came of a key stays.
const answerShown = 8 * time.Second

// newModel returns the screen before anything is known.
func newModel(ctx context.Context, console session.Console, opts Options, sk skin) *Model {
	caps := session.PlainCapabilities(console.Capabilities())
	m := &Model{
		ctx: ctx, console: console, caps: caps, opts: opts,
		keys: DefaultKeys(), skin: sk,
		patches: newPatchesPane(sk, caps.Kernel), dashboard: newDashboardPane(sk), holders: newHoldersPane(sk, DefaultKeys()),
		programs: newProgramsPane(sk, DefaultKeys().Programs.Help().Key), toPane: paneDashboard,
		input: textinput.New(), help: help.New(), kernelLog: &kernelLog{}, line: backlogOf(opts.Output),
		kept: map[string]*picture{}, strip: strip{skin: sk}, captions: opts.Captions,
	}
	m.fixes = newFixesPane(sk, m.keys, m.fixer() == nil)
	m.panes = [paneCount]pane{m.patches, m.dashboard, m.holders, newLogPane(sk), m.programs, m.fixes}
	m.input.SetVirtualCursor(false)
	m.help.Styles = help.Styles{
		ShortKey: sk.Key, ShortDesc: sk.Faint, ShortSeparator: sk.Faint, Ellipsis: sk.Faint,
		FullKey: sk.Key, FullDesc: sk.Plain, FullSeparator: sk.Faint,
	}
	m.help.ShortSeparator, m.help.FullSeparator, m.help.Ellipsis = "  ", "  ", sk.ellipsis
	m.setSize(0, 0)
	return m
}

// Init reads the catalogue and opens the patch that was named on the command line.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.patchesCmd(), tickCmd(m.tick())}
	if m.opts.Patch != "" {
		cmds = append(cmds, m.choose(m.opts.Patch))
	}
	return guarded(tea.Batch(cmds...))
}

// tick returns how long no event may come before the counts are called old.
func (m *Model) tick() time.Duration { return silence * max(m.opts.Interval, time.Second) }

// readOnly reports whether the machine can only be watched from here.
func (m *Model) readOnly() bool { return m.opts.ReadOnly || !m.caps.CanSwitch }

// choose closes the operation in hand and opens one on patch.
func (m *Model) choose(patch string) tea.Cmd {
	m.toPane = paneDashboard
	m.zoomed = m.zoomed && m.focus != panePatches // its page gives way to the list
	m.notice = notice{text: "Opening " + patch + "."}
	before := m.op
	if before != nil {
		m.forget()
	}
	m.opID++
	return m.openCmd(before, patch)
}

// forget lets go of the operation in hand without closing it. Its late messages are dropped.
func (m *Model) forget() {
	if m.live != nil && m.player() == nil {
		m.kept[m.live.patch] = m.live
	}
	m.op, m.live, m.shown = nil, nil, nil
	m.paused, m.stale, m.arming = false, false, false
	m.position = session.Position{}
	m.opID++
	m.showPicture()
}

// showPicture gives the panes the picture to show.
func (m *Model) showPicture() {
	if !m.paused {
		m.shown = m.live
	}
	m.programs.replayed = m.player() != nil
	for _, p := range m.panes {
		p.SetPicture(m.shown)
	}
}

// fail shows an error, and logs it. Every error of the console comes here.
func (m *Model) fail(err error) {
	text := session.Plain(withPeriod(err.Error()))
	m.notice = notice{text: text, tone: toneBad}
	if m.live != nil {
		m.live.note(m.opts.Now(), "error", text, toneBad)
	}
}

// inform shows a line that is no error, until a key is pressed.
func (m *Model) inform(text string) { m.notice = notice{text: text} }

// answer shows what came of a key, for a while.
func (m *Model) answer(text string) {
	m.notice = notice{text: text, until: m.opts.Now().Add(answerShown)}
}

// forgetAnswer takes an answer off the screen that has been there long enough.
func (m *Model) forgetAnswer() {
	if !m.notice.until.IsZero() && m.opts.Now().After(m.notice.until) {
		m.notice = notice{}
	}
}

// refuse shows why a key does nothing now, for a while.
func (m *Model) refuse(text string) {
	m.answer(text)
	m.notice.tone = toneWarn
}

// armed reports whether quitting would disarm something.
func (m *Model) armed() bool { return m.player() == nil && (m.arming || m.live.armedHere()) }

// host returns the name of the machine that would be changed.
func (m *Model) host() string {
	if m.live != nil && m.live.Started.Host != "" {
		return m.live.Started.Host
	}
	if m.opts.Host != "" {
		return m.opts.Host
	}
	return m.caps.Host
}
