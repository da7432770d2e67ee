// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// copyRow puts the row under the cursor into the operator's clipboard, each field with its column's name, a holder with
// its stack. The terminal does it (OSC 52), also over SSH; one that does not know how ignores it.
func (m *Model) copyRow() tea.Cmd {
	r, ok := m.table().selected()
	if !ok {
		m.refuse("Nothing is under the cursor.")
		return nil
	}
	text := m.table().pairs(r)
	if holder, ok := m.holders.chosen(); ok && m.focus == paneHolders {
		text += "\n" + strings.Join(holder.Stack, "\n")
	}
	m.inform("Sent to the terminal's clipboard: " + r.id)
	return tea.SetClipboard(text)
}

// pairs is a row for who does not see the heading.
func (t *table) pairs(r row) string {
	var parts []string
	for i, c := range r.cells {
		if r.rest != "" && i >= r.restFrom {
			break
		}
		if c.text != "" && !t.columns[i].drawn {
			parts = append(parts, strings.ToLower(t.columns[i].title)+": "+strings.TrimSpace(c.text))
		}
	}
	if r.rest != "" {
		parts = append(parts, r.rest)
	}
	return strings.Join(parts, ", ")
}
