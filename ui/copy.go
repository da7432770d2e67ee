// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// copyRow copies the row under the cursor to the operator's clipboard: each field with the name of its column, a
// holder with its card and its stack, a fix with all that is known of it, and of a patch its page. The terminal does
// the copying (OSC 52), also over SSH. A terminal without OSC 52 ignores it.
func (m *Model) copyRow() tea.Cmd {
	if m.pageOpen() {
		m.inform("Sent to the terminal's clipboard: the page of " + m.patches.page.info.Name)
		return tea.SetClipboard(m.patches.page.whole())
	}
	r, ok := m.table().selected()
	if !ok {
		m.refuse("Nothing is under the cursor.")
		return nil
	}
	text := m.table().pairs(r)
	if holder, ok := m.holders.chosen(); ok && m.focus == paneHolders {
		text += "\n" + m.shown.Card(holder).String() + strings.Join(holder.Stack, "\n")
	}
	name := r.id
	if f, ok := m.fixes.chosen(); ok && m.focus == paneFixes {
		name = r.cells[0].text
		text += "\n" + strings.Join(m.fixes.whole(f), "\n")
	}
	m.inform("Sent to the terminal's clipboard: " + name)
	return tea.SetClipboard(text)
}

// pairs returns a row as "title: field" pairs, so that it can be read without the heading.
func (t *table) pairs(r row) string {
	var parts []string
	for i, c := range r.cells {
		if r.rest != "" && i >= r.restFrom {
			break
		}
		if c.text != "" && !t.columns[i].drawn && !t.columns[i].off {
			parts = append(parts, strings.ToLower(t.columns[i].title)+": "+strings.TrimSpace(c.text))
		}
	}
	if r.rest != "" {
		parts = append(parts, r.rest)
	}
	return strings.Join(parts, ", ")
}
