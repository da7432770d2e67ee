// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// The palette lists all actions with their keys, those of the help page. What is typed filters it; enter presses the
// key of the action under the cursor. So an action does here what its key does, and asks where its key asks.

// newPalette returns the list before its rows.
func newPalette() table {
	return table{columns: []column{
		{title: "KEY", width: helpKeyWidth},
		{title: "ACTION", width: 30, grow: true},
	}}
}

// openPalette shows the actions that there are now.
func (m *Model) openPalette() tea.Cmd {
	m.palette = newPalette()
	var rows []row
	for _, s := range m.actionSections() {
		for _, r := range s.Rows {
			rows = append(rows, m.paletteRows(r)...)
		}
	}
	m.palette.setRows(rows)
	return m.openPrompt(promptPalette, "")
}

// actionSections returns the parts of the key table whose keys do something outside of a question.
func (m *Model) actionSections() []HelpSection {
	s := m.keys.Sections()
	if m.player() != nil {
		s[sectionLook].Rows = replayRows(m.keys, s[sectionLook].Rows)
		return []HelpSection{s[sectionRecording], s[sectionLook], s[sectionMove], s[sectionText]}
	}
	return []HelpSection{s[sectionChange], s[sectionLook], s[sectionMove], s[sectionText]}
}

// paletteRows returns the rows of an entry of the key table: one for each thing that its keys do.
func (m *Model) paletteRows(r HelpRow) []row {
	if len(r.binding.Keys()) == 0 || r.Name == m.keys.Palette.Help().Key {
		return nil
	}
	if len(r.each) == 0 {
		return []row{m.paletteRow(r.Name, r.binding.Keys()[0], r.Text)}
	}
	var rows []row
	for _, e := range r.each {
		rows = append(rows, m.paletteRow(e.Name, e.Name, e.Text))
	}
	return rows
}

// paletteRow returns the row of an action, which says why the action is impossible now.
func (m *Model) paletteRow(name, press, text string) row {
	what := cell{text: text}
	for _, a := range m.actions() {
		if a.binding.Help().Key != name {
			continue
		}
		if why := m.whyNot(a); why != "" {
			what = cell{text: strings.SplitN(text, ":", 2)[0] + ", not now: " + why, style: m.skin.Faint.Render}
		}
	}
	return row{id: press, cells: []cell{{text: name, style: m.skin.Key.Render}, what}}
}

// paletteKey moves in the list, runs what is chosen, or filters by what is typed.
func (m *Model) paletteKey(msg tea.KeyPressMsg) tea.Cmd {
	t := &m.palette
	switch {
	case key.Matches(msg, m.keys.Back):
		m.closePrompt()
	case key.Matches(msg, m.keys.Enter):
		r, ok := t.selected()
		m.closePrompt()
		if !ok {
			m.refuse("There is no such action: nothing was done.")
			return nil
		}
		return m.key(pressOf(r.id))
	case slices.Contains([]string{"up", "ctrl+p"}, msg.String()):
		t.move(-1)
	case slices.Contains([]string{"down", "ctrl+n"}, msg.String()):
		t.move(1)
	case key.Matches(msg, m.keys.PageUp):
		t.move(-t.page())
	case key.Matches(msg, m.keys.PageDown):
		t.move(t.page())
	default:
		return m.typed(msg)
	}
	return nil
}

// paletteLines draws the actions in the place of the panes.
func (m *Model) paletteLines() []string {
	t := &m.palette
	at := m.whole()
	t.setSize(at.inner.w, at.inner.h)
	view := t.view(m.skin.styles, m.skin.glyphs, true)
	const asks = "what changes the machine asks first"
	if m.framed() {
		return m.drawn(at, "Actions "+t.status(), asks, true, view)
	}
	head := m.skin.Focus.Render(cut("Actions "+t.status()+"; "+asks, m.width, m.skin.ellipsis))
	return append([]string{head}, view...)
}

// pressOf returns the message of a key by its name, as a key map has it.
func pressOf(name string) tea.KeyPressMsg {
	special := map[string]tea.KeyPressMsg{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
		"shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "ctrl+l": {Code: 'l', Mod: tea.ModCtrl},
		"space": {Code: tea.KeySpace, Text: " "},
		"pgup":  {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown},
		"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	}
	if msg, ok := special[name]; ok {
		return msg
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}
