// SPDX-License-Identifier: GPL-2.0-only

package ui

import "slices"

// The help begins with the pane that one is in: what its keys do there, and what its words mean.

// paneSection returns that part.
func (m *Model) paneSection() HelpSection {
	k := m.keys
	switch m.focus {
	case panePatches:
		if m.pageOpen() {
			return HelpSection{"Here: the page of a patch", k.pageRows()}
		}
		return HelpSection{"Here: the patches", []HelpRow{
			does(k.Enter, "show its page; there: open the patch"),
			does(k.Redraw, "read the catalogue again"),
			{Name: "STATE", Text: "what the module says; unavailable: see the row"},
		}}
	case paneHolders:
		return HelpSection{"Here: who is inside", append([]HelpRow{
			does(k.Enter, "open a group; of one task all that is known"),
			does(k.Nudge, "make it leave, or all of them"),
			does(k.Search, "search in all stacks, where one is open"),
		}, m.skin.wordsOf(">10 s", "S")...)}
	case paneLog:
		return HelpSection{"Here: the log", []HelpRow{
			does(k.Enter, "the whole of an entry"),
			does(k.Bottom, "the newest; it then follows what comes"),
		}}
	case panePrograms:
		return HelpSection{"Here: who calls the functions", []HelpRow{
			does(k.Programs, "count calls by program, or stop; opens again"),
			does(k.Enter, "all that is known of a program"),
			{Name: "NOW", Text: "calls that sleep inside; LAST: since its last call"},
		}}
	case paneFixes:
		return HelpSection{"Here: what a newer source fixes", []HelpRow{
			does(k.Enter, "build a patch of it; asks first"), does(k.Fixes, "list them again"),
			does(k.Back, "cancel what is under way, or leave"),
			{Name: "PATCH", Text: "whether it can become one, judged by its text"},
			{Name: "USED HERE", Text: "whether this machine runs the file it is in"},
		}}
	}
	return HelpSection{"Here: the functions", append([]HelpRow{
		does(k.Enter, "all figures of a function"),
	}, m.skin.wordsOf("OLDER", "SAMPLES", "HISTORY", m.skin.ramp(), "coloured", "P50, P99")...)}
}

// pageRows returns what keys do on the page of a patch.
func (k KeyMap) pageRows() []HelpRow {
	return []HelpRow{
		does(k.Enter, "open it: its calls are counted"), does(k.Patch, "to the diff, or back to the top"),
		does(k.Search, "search; again: the next place"), does(k.Side, "sideways"), does(k.Wrap, "wrap long lines, or not"),
	}
}

// wordsOf returns the meanings of some words.
func (g glyphs) wordsOf(names ...string) []HelpRow {
	return slices.DeleteFunc(g.words().Rows, func(r HelpRow) bool { return !slices.Contains(names, r.Name) })
}

// without returns the section without what another one has already.
func (s HelpSection) without(other HelpSection) HelpSection {
	s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(r HelpRow) bool {
		return slices.ContainsFunc(other.Rows, func(o HelpRow) bool { return o.Name == r.Name && o.Text == r.Text })
	})
	return s
}

// signs returns what stands on the timeline.
func (g glyphs) signs() HelpSection {
	return HelpSection{"On the timeline", []HelpRow{
		{Name: g.spark[3] + " " + g.spark[len(g.spark)-1], Text: "the most calls in flight; a gap: zero"},
		{Name: g.safe, Text: "zero windows; among the signs: the switch"},
		{Name: g.doubt, Text: "a count that is not vouched for"},
		{Name: g.glyph(markArmed), Text: "armed"},
		{Name: g.glyph(markAttempt), Text: "an attempt that found holders: no switch"},
		{Name: g.glyph(markNudge), Text: "a nudge"},
		{Name: g.glyph(markStuck), Text: "stuck: the deadline has passed"},
		{Name: g.glyph(markEnded), Text: "aborted, or failed"},
		{Name: g.here, Text: "the deadline ahead; in a recording: now"},
		{Name: g.glyph(markOwn), Text: "in a recording: a mark of yours"},
	}}
}

// scrollHelp moves in the help page, which may be longer than the screen.
func (m *Model) scrollHelp(by int) { m.helpTop = max(0, m.helpTop+by) }

// helpWindow returns the lines of the help page that are on the screen, and says which they are if there are more.
func (m *Model) helpWindow(lines []string) []string {
	room := m.whole().inner.h
	if len(lines) <= room {
		m.helpTop = 0
		return lines
	}
	room = max(1, room-1)
	m.helpTop = min(m.helpTop, len(lines)-room)
	k := m.keys
	keys := k.Down.Help().Key + ", " + k.PageDown.Help().Key
	if m.helpTop+room == len(lines) {
		keys = k.Up.Help().Key + ", " + k.PageUp.Help().Key
	}
	where := m.skin.Faint.Render(linesText(m.helpTop+1, m.helpTop+room, len(lines)) + ": " + keys)
	return append(slices.Clone(lines[m.helpTop:m.helpTop+room]), where)
}
