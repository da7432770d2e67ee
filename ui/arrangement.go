// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// The layouts say which part of the screen is large. The operator goes from one to the next by a key, and the choice is
// kept for the next console.
const (
	layoutStandard = "standard"
	layoutTimeline = "timeline"
	layoutHolders  = "holders"
)

// Layouts returns the names that Options.Layout may have; the first is the default.
func Layouts() []string { return []string{layoutStandard, layoutTimeline, layoutHolders} }

// nextLayout goes to the next layout, and has it kept.
func (m *Model) nextLayout() tea.Cmd {
	all := Layouts()
	m.opts.Layout = all[(slices.Index(all, m.opts.Layout)+1)%len(all)]
	m.zoomed = m.zoomed && m.pageOpen()
	m.answer("Layout " + m.opts.Layout + ": " + m.large() + ". " + m.keys.Layout.Help().Key + " goes to the next one.")
	keep, layout := m.opts.KeepLayout, m.opts.Layout
	if keep == nil {
		return nil
	}
	return func() tea.Msg {
		if err := keep(layout); err != nil {
			return errorMsg{err: fmt.Errorf("keeping the layout for the next console: %w", err)}
		}
		return nil
	}
}

// large says what a layout does.
func (m *Model) large() string {
	switch m.opts.Layout {
	case layoutTimeline:
		return "the timeline has most lines"
	case layoutHolders:
		return "who is inside has most lines"
	}
	return "all panes that have room"
}

// largeTimeline and largeHolders report whether that part has most of the lines.
func (m *Model) largeTimeline() bool { return m.opts.Layout == layoutTimeline && m.shown != nil }
func (m *Model) largeHolders() bool  { return m.opts.Layout == layoutHolders && m.shown != nil }

// besideHolders returns the panes that are drawn where the holders have most of the lines, and nil where the operator
// is in a pane that would not be among them.
func (m *Model) besideHolders() []int {
	if !m.largeHolders() || m.focus != paneDashboard && m.focus != paneHolders {
		return nil
	}
	return []int{paneDashboard, paneHolders}
}
