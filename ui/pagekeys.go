// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// pageOpen reports whether the page of a patch is on the screen.
func (m *Model) pageOpen() bool { return m.zoomed && m.focus == panePatches }

// showPatch shows the page of the patch in hand, or of the one under the cursor. Where a page is open, it goes to the
// diff, or back up.
func (m *Model) showPatch() {
	if m.pageOpen() {
		m.patches.page.toDiff()
		return
	}
	before := m.focus
	if m.live != nil && m.focus != panePatches {
		m.patches.table.to(m.live.patch)
	}
	info, ok := m.patches.chosen()
	switch {
	case !ok:
		m.refuse("There is no patch to show: pane 1 lists those that there are.")
		return
	case m.live != nil && m.focus != panePatches && info.Name != m.live.patch:
		m.refuse("The list of patches does not show " + m.live.patch + ": it is filtered, or the catalogue lacks it.")
		return
	}
	m.goTo(panePatches)
	m.zoomed, m.beforePage = true, before
}

// closePage goes back to where the page was opened from.
func (m *Model) closePage() {
	m.zoomed = false
	m.focus = m.beforePage
}

// pageCmd has what the page is to show read, or its beginning below the list, where that was not done yet: of one patch
// at a time, however fast one moves in the list. It is called after each message.
func (m *Model) pageCmd() tea.Cmd {
	info, ok := m.patches.chosen()
	if !m.pageOpen() {
		info, ok = m.patches.described(m.focus == panePatches)
		ok = ok && slices.Contains(m.visible(), panePatches)
	}
	of := info.Name + " " + string(info.State)
	switch {
	case !ok:
		m.pageOf = ""
		return nil
	case m.pageOf == of:
		return nil
	}
	m.patches.page.open(info)
	if m.describing {
		return nil
	}
	m.pageOf, m.describing = of, true
	return m.describeCmd(info.Name)
}

// describeCmd has the console say what a patch is, and takes its diff apart.
func (m *Model) describeCmd(patch string) tea.Cmd {
	console, ctx, ascii := m.console, m.ctx, m.skin.ascii
	return func() tea.Msg {
		about, err := console.Describe(ctx, patch)
		msg := aboutMsg{patch: patch, about: session.PlainAbout(about), err: err}
		msg.diff, msg.stat = diffLines(msg.about.Diff, ascii)
		return msg
	}
}

// gotAbout shows what a patch is, if its page is still open.
func (m *Model) gotAbout(msg aboutMsg) {
	m.describing = false
	if m.patches.page.info.Name == msg.patch {
		m.patches.page.got(msg)
	}
}

// pageKey scrolls in the page of a patch. It returns false when msg is no such key.
func (m *Model) pageKey(msg tea.KeyPressMsg) bool {
	if !m.pageOpen() {
		return false
	}
	p := m.patches.page
	switch k := m.keys; {
	case key.Matches(msg, k.Up):
		p.scroll(-1)
	case key.Matches(msg, k.Down):
		p.scroll(1)
	case key.Matches(msg, k.Top):
		p.scroll(-p.rows())
	case key.Matches(msg, k.Bottom):
		p.scroll(p.rows())
	case key.Matches(msg, k.PageUp):
		p.scroll(-max(1, p.height-1))
	case key.Matches(msg, k.PageDown):
		p.scroll(max(1, p.height-1))
	case key.Matches(msg, k.Side) && p.wrap:
		m.refuse("Long lines go on below: " + k.Wrap.Help().Key + " has them reach past the screen.")
	case key.Matches(msg, k.Side):
		p.side(map[bool]int{true: -sideStep, false: sideStep}[msg.String() == "left"])
	case key.Matches(msg, k.Wrap):
		p.toggleWrap()
	case key.Matches(msg, k.Sort, k.Reverse):
		m.refuse("This is a page and no list: " + k.Back.Help().Key + " goes back to the list.")
	default:
		return false
	}
	return true
}

// pageKeys returns the keys in the key line of the page.
func (m *Model) pageKeys() []key.Binding {
	k := m.keys
	return keysOf(todo(k.Enter, m.enterDoes()), todo(k.Patch, "diff"), k.Search, k.Side, k.Wrap, k.Palette, k.Back, k.Help,
		k.Quit)
}

// enterDoes says what enter does on the page.
func (m *Model) enterDoes() string {
	switch {
	case m.live != nil && m.live.patch == m.patches.page.info.Name && !m.live.ended:
		return "its counts"
	case m.onlyRecordings():
		return "play it"
	}
	return openIt
}

// openIt is what enter does on the page of a patch that is not open.
const openIt = "open it"

// onlyRecordings reports whether the list is one of recordings.
func (m *Model) onlyRecordings() bool {
	return m.patches.page.about != nil && m.patches.page.about.Recorded
}
