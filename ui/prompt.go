// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// prompt is what the line below the panes is typed into for.
type prompt int

const (
	promptNone    prompt = iota // there is no such line
	promptFilter                // the rows of the list that has the focus
	promptSearch                // a place in what has the focus
	promptPalette               // an action
)

// openPrompt opens the line with a text in it.
func (m *Model) openPrompt(what prompt, text string) tea.Cmd {
	m.prompt = what
	m.input.Prompt = map[prompt]key.Binding{promptFilter: m.keys.Filter, promptSearch: m.keys.Search,
		promptPalette: m.keys.Palette}[what].Help().Key
	m.input.SetValue(text)
	m.input.CursorEnd()
	return m.input.Focus()
}

// closePrompt closes the line. What it has done stays.
func (m *Model) closePrompt() {
	m.prompt = promptNone
	m.input.Blur()
	m.input.Reset()
}

// promptKey edits the line; what is typed has its effect at once.
func (m *Model) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.prompt == promptPalette:
		return m.paletteKey(msg)
	case key.Matches(msg, m.keys.Confirm):
		m.closePrompt()
		m.sayFound()
		return nil
	case key.Matches(msg, m.keys.Back):
		m.input.Reset()
		m.promptChanged()
		m.closePrompt()
		return nil
	}
	return m.typed(msg)
}

// typed hands what was typed or pasted to the line.
func (m *Model) typed(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	m.promptChanged()
	return cmd
}

// promptChanged has the text in the line take effect.
func (m *Model) promptChanged() {
	text := m.input.Value()
	switch m.prompt {
	case promptSearch:
		m.search.begin(m.toSearch(), text)
	case promptFilter:
		m.table().filter = text
		m.table().refresh()
	case promptPalette:
		m.palette.filter = text
		m.palette.refresh()
	}
}

// paste puts the first line of a pasted text into the line. Elsewhere it does nothing: a paste is not typed.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if m.prompt == promptNone || m.dialog != nil || m.tooSmall() {
		return nil
	}
	text, _, _ := strings.Cut(strings.TrimSpace(msg.Content), "\n")
	return m.typed(tea.PasteMsg{Content: strings.TrimSpace(session.Plain(text))})
}

// promptLine draws the line, and what came of a search so far.
func (m *Model) promptLine() string {
	line := m.input.View()
	if m.prompt == promptSearch {
		line += "  " + m.skin.Faint.Render(m.search.status())
	}
	return line
}

// promptKeys returns the keys in the key line while the line is open.
func (m *Model) promptKeys() string {
	as := func(b key.Binding, desc string) key.Binding {
		b.SetHelp(b.Help().Key, desc)
		return b
	}
	switch m.prompt {
	case promptSearch:
		return m.pressLine("Search:", keysOf(as(m.keys.Confirm, "keep"), as(m.keys.Back, "end it")), 1)
	case promptPalette:
		return m.pressLine("Actions:", keysOf(as(m.keys.Confirm, "do it"), as(m.keys.Back, "leave"),
			as(bind("up/down", "", "up"), "choose")), 1)
	}
	return m.pressLine("Filter:", keysOf(m.keys.Confirm, m.keys.Back), 1)
}

// toSearch returns what * searches in now.
func (m *Model) toSearch() searched {
	switch {
	case m.pageOpen():
		return m.patches.page
	case m.stackIsOpen():
		return m.holders.inStacks()
	}
	return rowSearch{m.table()}
}

// searchKey begins a search, or goes on with the one that there is. It returns false when msg is no such key.
func (m *Model) searchKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	forward, back := key.Matches(msg, m.keys.Search), key.Matches(msg, m.keys.SearchBack)
	if m.pageOpen() && key.Matches(msg, m.keys.Filter) { // a page has no rows to filter
		m.endSearch()
		forward = true
	}
	switch {
	case !forward && !back:
		return nil, false
	case m.search.active():
		m.search.next(m.toSearch(), back)
		m.sayFound()
		return nil, true
	}
	m.search = search{from: m.toSearch().at()}
	return m.openPrompt(promptSearch, ""), true
}

// foundKeys returns the keys that go on with a search.
func (m *Model) foundKeys() []key.Binding {
	next, before := m.keys.Search, m.keys.SearchBack
	next.SetHelp(next.Help().Key, "next")
	before.SetHelp(before.Help().Key, "before")
	return keysOf(next, before)
}

// sayFound says which of how many places is on the screen.
func (m *Model) sayFound() {
	if m.search.active() {
		k := m.keys
		m.inform(m.search.text + ": " + m.search.status() + ". " + k.Search.Help().Key + " the next, " +
			k.SearchBack.Help().Key + " the one before, " + k.Back.Help().Key + " ends the search.")
	}
}

// endSearch forgets what was searched for.
func (m *Model) endSearch() {
	if m.search.active() {
		m.toSearch().show("")
	}
	m.search = search{}
}
