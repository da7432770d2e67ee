// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// todo returns what makes sense now: a key with what it does. what is its name and, after a colon, what comes of it.
// Without a key it says what to do.
func todo(b key.Binding, what string) key.Binding {
	b.SetHelp(b.Help().Key, what)
	return b
}

// noKey returns what to do without a key.
func noKey(what string) key.Binding { return todo(key.Binding{}, what) }

// nextLine returns what makes sense now, or how an open question is answered.
func (m *Model) nextLine() string {
	if m.dialog != nil {
		return m.pressLine("Answer:", m.dialog.Keys(), 0)
	}
	return m.pressLine("Next:", m.nextSteps(), 1)
}

// pressLine returns a label and, after it, each key with its help. Where there is no room it is cut from the end: first
// what comes of a key, which stands after the colon, and then the key. The first keys, so many as whole says, keep all.
func (m *Model) pressLine(label string, keys []key.Binding, whole int) string {
	parts, short := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		name, what := k.Help().Key, k.Help().Desc
		if name != "" {
			name = m.skin.Key.Render(name) + " "
		}
		brief, _, _ := strings.Cut(what, ": ")
		parts[i], short[i] = name+what, name+brief
	}
	line := func() string { return m.skin.Faint.Render(label) + " " + strings.Join(parts, "   ") }
	for i := len(parts) - 1; i >= whole && ansi.StringWidth(line()) > m.width; i-- {
		parts[i] = short[i]
	}
	for len(parts) > 1 && ansi.StringWidth(line()) > m.width {
		parts = parts[:len(parts)-1]
	}
	return line()
}
