// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// keyLine returns the keys of the moment; like the help page it is made from the key map. What the pane that one is in
// is for comes first, help and quit come last and stay: where there is no room, what is before these goes.
func (m *Model) keyLine() string {
	switch {
	case m.prompt != promptNone:
		return m.promptKeys()
	case m.dialog != nil:
		return m.skin.Faint.Render("A question is open: answer it first.")
	case m.helping:
		k := m.keys
		return m.help.ShortHelpView(keysOf(k.Back, k.Up, k.Down, k.pages()))
	}
	keys := m.paneKeys()
	if m.search.active() {
		keys = append(m.foundKeys(), slices.DeleteFunc(keys, func(b key.Binding) bool {
			return b.Help().Key == m.keys.Search.Help().Key
		})...)
	}
	line := m.help.ShortHelpView(keys)
	for ansi.StringWidth(line) > m.width {
		keys = slices.Delete(keys, len(keys)-3, len(keys)-2)
		line = m.help.ShortHelpView(keys)
	}
	return line
}

// paneKeys returns the keys that do something in the pane that one is in.
func (m *Model) paneKeys() []key.Binding {
	k := m.keys
	switch {
	case m.focus == paneFixes:
		return m.fixKeys()
	case m.pageOpen():
		return m.pageKeys()
	case m.player() != nil:
		return append(m.ownKeys(), k.NextPane, k.Play, k.Seek, k.Step, k.Skip, k.Mark, k.Zoom, k.Help, k.Quit)
	case m.live == nil: // there is nothing to pause, and no timeline
		return append(m.ownKeys(), k.NextPane, k.Palette, k.Filter, k.Sort, k.Help, k.Quit)
	}
	keys := append(m.ownKeys(), k.NextPane, k.Palette, k.Filter, k.Sort, k.Pause)
	if !m.zoomed || m.stripHeight() > 0 {
		keys = append(keys, k.Zoom)
	}
	return append(keys, k.Help, k.Quit)
}

// ownKeys returns the keys that do something in this pane alone, or something else than in others. In a recording,
// whose own keys need the room, they are fewer.
func (m *Model) ownKeys() []key.Binding {
	k, played := m.keys, m.player() != nil
	switch {
	case m.zoomed && played:
		return keysOf(k.Back)
	case m.zoomed && m.focus == paneHolders:
		return keysOf(k.Back, k.Search, todo(k.pages(), "scroll"), todo(k.Copy, "copy it"))
	case m.zoomed && m.focus == paneLog:
		return keysOf(k.Back, k.Search, todo(k.Copy, "copy it"))
	case m.zoomed:
		return keysOf(k.Back)
	case m.focus == panePatches && m.live == nil:
		return keysOf(todo(k.Enter, "show it"), k.Fixes)
	case played:
		return keysOf(k.Enter)
	}
	switch m.focus {
	case panePatches:
		return keysOf(todo(k.Enter, "show it"), k.Fixes)
	case paneHolders:
		own := keysOf(todo(k.Enter, m.holders.enterDoes()))
		if m.live.armedHere() && !m.readOnly() {
			own = append(own, k.Nudge)
		}
		return append(own, k.Search)
	case paneLog:
		return keysOf(todo(k.Enter, "whole entry"), k.Search, todo(k.Bottom, "newest"))
	case panePrograms:
		return keysOf(k.Programs, todo(k.Enter, "details"))
	}
	return keysOf(todo(k.Enter, "details"), k.Patch, k.Programs)
}

// enterDoes says what enter does on the row under the cursor.
func (h *holdersPane) enterDoes() string {
	r, ok := h.table.selected()
	if _, group := h.first[r.id]; !ok || !h.tree || !group {
		return "details"
	}
	if h.isOpen(r.id) {
		return "close group"
	}
	return "open group"
}

// fixKeys returns the keys in the key line of the fixes.
func (m *Model) fixKeys() []key.Binding {
	k := m.keys
	switch {
	case m.fixer() == nil:
		return keysOf(k.Back, k.NextPane, k.Help, k.Quit)
	case m.job.underWay():
		return keysOf(todo(k.Back, "cancel"), k.NextPane, k.Filter, k.Sort, k.Help, k.Quit)
	case len(m.fixes.list.Fixes) == 0:
		return keysOf(todo(k.Fixes, "list them"), k.Back, k.NextPane, k.Help, k.Quit)
	}
	return keysOf(todo(k.Enter, "build it"), k.Filter, k.Sort, todo(k.Fixes, "list them again"), k.Back, k.NextPane,
		k.Help, k.Quit)
}
