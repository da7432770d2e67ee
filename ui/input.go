// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// key hands a key to the part of the screen that has the focus: the question, the filter, the help page, or the
// panes.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.Redraw):
		return tea.Batch(tea.ClearScreen, tea.RequestWindowSize, m.patchesCmd())
	case m.dialog != nil:
		return m.dialogKey(msg)
	case m.prompt != promptNone && !m.tooSmall():
		return m.promptKey(msg)
	case m.helping && !m.tooSmall():
		m.helpKey(msg)
		return nil
	case key.Matches(msg, m.keys.Quit):
		return m.quit()
	case m.tooSmall(): // no key acts on what cannot be seen
		return nil
	}
	m.notice = notice{}
	if cmd, ok := m.searchKey(msg); ok {
		return cmd
	}
	if m.pageKey(msg) || m.moveKey(msg) {
		return nil
	}
	if cmd, ok := m.stripKey(msg); ok {
		return cmd
	}
	if cmd, ok := m.playKey(msg); ok {
		return cmd
	}
	if cmd, ok := m.actionKey(msg); ok {
		return cmd
	}
	return m.viewKey(msg)
}

// helpKey scrolls in the help page, or closes it. The keys that quit do so too: an operator who has just looked up how
// to leave means the page, not the console.
func (m *Model) helpKey(msg tea.KeyPressMsg) {
	page := max(1, m.body()-3)
	switch k := m.keys; {
	case key.Matches(msg, k.Help, k.Back, k.Quit):
		m.helping = false
	case key.Matches(msg, k.Up):
		m.scrollHelp(-1)
	case key.Matches(msg, k.Down):
		m.scrollHelp(1)
	case key.Matches(msg, k.PageUp):
		m.scrollHelp(-page)
	case key.Matches(msg, k.PageDown, k.Play):
		m.scrollHelp(page)
	case key.Matches(msg, k.Top):
		m.helpTop = 0
	case key.Matches(msg, k.Bottom):
		m.scrollHelp(1000) // farther than it is long
	}
}

// moveKey moves the cursor of the focused pane. It returns false when msg is no such key; so do the other key
// methods.
func (m *Model) moveKey(msg tea.KeyPressMsg) bool {
	t := m.table()
	switch k := m.keys; {
	case key.Matches(msg, k.Up):
		t.move(-1)
	case key.Matches(msg, k.Down):
		t.move(1)
	case key.Matches(msg, k.Top):
		t.move(-len(t.rows))
	case key.Matches(msg, k.Bottom):
		t.move(len(t.rows))
	case m.stackIsOpen() && key.Matches(msg, k.PageUp, k.PageDown):
		m.holders.scrollStack(key.Matches(msg, k.PageDown))
	case key.Matches(msg, k.PageUp):
		t.move(-t.page())
	case key.Matches(msg, k.PageDown):
		t.move(t.page())
	default:
		return false
	}
	return true
}

// stackIsOpen reports whether PgUp and PgDn scroll the stack below the list of holders.
func (m *Model) stackIsOpen() bool { return m.zoomed && m.focus == paneHolders }

// viewKey changes which part of the data is on the screen, and in which order.
func (m *Model) viewKey(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.keys; {
	case key.Matches(msg, k.NextPane):
		m.goTo((m.focus + 1) % paneCount)
	case key.Matches(msg, k.PrevPane):
		m.goTo((m.focus + paneCount - 1) % paneCount)
	case key.Matches(msg, k.Pane):
		m.goTo(int(msg.String()[0] - '1'))
	case key.Matches(msg, k.Enter):
		return m.enter()
	case key.Matches(msg, k.Back):
		m.back()
	case key.Matches(msg, k.Filter):
		return m.openPrompt(promptFilter, m.table().filter)
	case key.Matches(msg, k.Sort):
		m.table().nextSort()
	case key.Matches(msg, k.Reverse):
		m.table().reverseOrder()
	case key.Matches(msg, k.Pause):
		m.pause()
	case key.Matches(msg, k.Layout):
		return m.nextLayout()
	case key.Matches(msg, k.Programs):
		return m.countPrograms()
	case key.Matches(msg, k.Patch):
		m.showPatch()
	case key.Matches(msg, k.Palette):
		return m.openPalette()
	case key.Matches(msg, k.Fixes):
		return m.toFixes()
	case key.Matches(msg, k.Shell):
		return m.shell()
	case key.Matches(msg, k.Copy):
		return m.copyRow()
	case key.Matches(msg, k.Export):
		return m.export()
	case key.Matches(msg, k.Captions):
		m.toggleCaptions()
	case key.Matches(msg, k.Help):
		m.helping, m.helpTop = true, 0
	}
	return nil
}

// goTo gives a pane the focus. The fixes have the whole screen, and esc leads back from there. The page of a patch is
// left.
func (m *Model) goTo(pane int) {
	m.endSearch()
	if pane != m.focus && (pane == panePatches || m.focus == panePatches) {
		m.zoomed = false
	}
	if pane == paneFixes && m.focus != paneFixes {
		m.beforeFixes, m.zoomed = m.focus, false
	}
	m.focus = pane
}

// enter shows the patch under the cursor, and on its page takes it in hand. In the other panes it zooms.
func (m *Model) enter() tea.Cmd {
	switch m.focus {
	case panePatches:
		if !m.zoomed {
			m.showPatch()
			return nil
		}
	case paneFixes:
		m.enterFix()
		return nil
	case paneHolders:
		m.zoomed = m.zoomed || !m.holders.openGroup()
		return nil
	default:
		m.zoomed = true
		return nil
	}
	info, ok := m.patches.chosen()
	switch {
	case !ok:
		return nil
	case m.opening != "":
		m.refuse("Still opening " + m.opening + ".")
		return nil
	case m.armed():
		m.refuse(m.live.patch + " is armed: " + m.keys.Abort.Help().Key + " aborts that first.")
		return nil
	case m.live != nil && m.live.patch == info.Name && !m.live.ended:
		m.goTo(paneDashboard)
		return nil
	}
	m.endSearch()
	return m.choose(info.Name)
}

// back cancels the job that is on the screen, or removes one thing that hides something: what was searched for, the
// page of a patch, the zoom, the filter, the pause or the timeline. It never quits.
func (m *Model) back() {
	switch t := m.table(); {
	case m.focus == paneFixes && m.job.underWay():
		m.cancelJob()
	case m.cancelOpening():
	case m.search.active():
		m.endSearch()
	case m.pageOpen():
		m.closePage()
	case m.zoomed:
		m.zoomed = false
	case t.filter != "":
		t.filter = ""
		t.refresh()
	case m.focus == paneFixes:
		m.focus = m.beforeFixes
	case m.paused:
		m.pause()
	case m.strip.open && m.squeezed():
		m.strip.open = false
	}
}

// pause freezes the picture, or lets it follow the events again.
func (m *Model) pause() {
	if m.live == nil {
		return
	}
	m.paused = !m.paused
	if m.paused {
		m.shown = m.live.clone()
	}
	m.showPicture()
}

// quit ends the console. While something is armed or built it asks first.
func (m *Model) quit() tea.Cmd {
	if !m.armed() && !m.job.builds() {
		return tea.Quit
	}
	m.openDialog(m.quitQuestion())
	return nil
}
