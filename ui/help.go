// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// HelpSection is a part of the key table, which the help page, the man page and docs/keys.md print.
type HelpSection struct {
	Title string
	Rows  []HelpRow
}

// HelpRow is a key, or a word on the screen, and what it does or means.
type HelpRow struct {
	Name, Text string

	binding key.Binding // none, if it is a word
	each    []HelpRow   // where its keys do different things: what each of them does, for the palette
}

// does returns the row of a key.
func does(k key.Binding, text string) HelpRow {
	return HelpRow{Name: k.Help().Key, Text: text, binding: k}
}

// doEach returns the row of a binding whose keys do different things; each has pairs of a key and what it does.
func doEach(k key.Binding, text string, each ...string) HelpRow {
	r := does(k, text)
	for pair := range slices.Chunk(each, 2) {
		r.each = append(r.each, HelpRow{Name: pair[0], Text: pair[1]})
	}
	return r
}

// The parts of the key table, in their order.
const (
	sectionChange = iota
	sectionLook
	sectionMove
	sectionText
	sectionRecording
)

// Sections returns the key table.
func (k KeyMap) Sections() []HelpSection {
	return []HelpSection{{"To change the machine; each asks first", []HelpRow{
		does(k.Arm, "arm: the patch is switched at the next safe point"),
		does(k.Abort, "abort: the arming is taken back"),
		does(k.Retry, "retry: what is stuck is armed again"),
		does(k.Nudge, "nudge: make holders leave, all or one"),
		does(k.Revert, "revert: back to the originals, at a safe point"),
	}}, {"To look", []HelpRow{
		does(k.Filter, "filter the rows"),
		does(k.Sort, "sort by the next column"),
		does(k.Reverse, "reverse the order"),
		does(k.Pause, "pause: the picture stands, the watch goes on"),
		doEach(k.Zoom, "show the timeline; closer, or farther", "+", "show the timeline, or closer",
			"-", "show the timeline, or farther"),
		doEach(k.Scroll, "the timeline's past, or back; seeks in a recording", "<", "the timeline's past",
			">", "the timeline, back to the present"),
		does(k.Layout, "layout: standard, timeline large, holders large"),
		does(k.Patch, "what the patch is and changes: its page, its diff"),
		does(k.Programs, "count calls by program, or stop; opens again"),
		does(k.Fixes, "list what a newer kernel source fixes, or again"),
		does(k.Captions, "captions: what is seen, and which key is next"),
		does(k.Copy, "copy the row; a stack, a fix, a page as a whole"),
		does(k.Export, "export the events, for spotos replay"),
		does(k.Shell, "a shell, until exit"),
		does(k.Redraw, "redraw, reread the catalogue, ask for the size"),
		does(k.Help, "the keys, and what the words on the screen mean"),
		does(k.Quit, "quit (also ctrl+c); asks while armed or building"),
	}}, {"To move", []HelpRow{
		does(k.NextPane, "the next pane"),
		does(k.PrevPane, "the pane before"),
		doEach(k.Pane, "the pane of that number", "1", "the patches", "2", "the functions", "3", "the holders",
			"4", "the log", "5", "the programs", "6", "the fixes"),
		does(k.Enter, "show a patch, open it; build a fix; zoom"),
		does(k.Back, "back, or cancel what is built; never quits"),
		does(k.Up, "up"),
		does(k.Down, "down"),
		does(k.Top, "the first row (also home)"),
		does(k.Bottom, "the last row (also end)"),
		does(k.PageUp, "a page up; in the details of a holder if open"),
		does(k.PageDown, "a page down"),
		does(k.Palette, "all actions: type to find one, enter does it"),
	}}, {"In a text: the page of a patch, a stack, the log", []HelpRow{
		does(k.Search, "search; again: the next place"),
		does(k.SearchBack, "the place before"),
		doEach(k.Side, "in the page: sideways", "left", "in the page of a patch: to the left",
			"right", "in the page of a patch: to the right"),
		does(k.Wrap, "in the page: wrap long lines, or not"),
	}}, {"In a recording", []HelpRow{
		doEach(k.Seek, "5 s back or forward", "left", "5 s back", "right", "5 s forward"),
		does(k.Play, "pause, or go on"),
		does(k.Mark, "set a mark here, or take it away"),
		does(k.ToMark, "your next mark; after the last, the first"),
		doEach(k.Step, "an event back or forward; pauses", ",", "an event back; pauses",
			".", "an event forward; pauses"),
		doEach(k.Skip, "an entry of the log back or forward; pauses", "[", "an entry of the log back; pauses",
			"]", "an entry of the log forward; pauses"),
	}}, {"In a question, or in the filter", []HelpRow{
		does(k.Yes, "yes; enter is no answer"),
		does(k.Erase, "erase a letter"),
		does(k.Signal, "nudge: wake, as a signal would"),
		does(k.Freeze, "nudge: freeze for a moment; asks again"),
		does(k.One, "one holder or all; functions or the file"),
		does(k.Confirm, "keep the filter"),
	}}}
}

// words returns the words on the screen that do not explain themselves, the most needed first.
func (g glyphs) words() HelpSection {
	return HelpSection{"What the words mean", []HelpRow{
		{Name: "OLDER", Text: "calls that began before the watch"},
		{Name: "SAMPLES", Text: "AT 0: share of samples, not of time, at zero"},
		{Name: "HISTORY", Text: "the last counts, newest last: " + g.spark[0] + " is a zero"},
		{Name: g.ramp(), Text: "few to many calls, dim to bright: busy, no alarm"},
		{Name: "coloured", Text: "in it: a call stays over 10 times the P99"},
		{Name: "DOUBT " + g.doubt, Text: "the count is not vouched for; its row says why"},
		{Name: ">10 s", Text: "inside since before the watch, at least this long"},
		{Name: "P50, P99", Text: "half of the calls, or 99 %, stayed no longer"},
		{Name: "S", Text: "state as in ps: R runs, S and D sleep"},
	}}
}

// ramp returns a low, a middle and a high bar.
func (g glyphs) ramp() string { return g.spark[2] + " " + g.spark[5] + " " + g.spark[8] }

// helpPage returns the help as far as it is on the screen: of the pane that one is in, then all keys, and what words
// and signs mean. Where the whole key table has no room beside that, each key has one word.
func (m *Model) helpPage() []string {
	here := m.paneSection()
	words := m.skin.words().without(here)
	sections := m.keys.Sections()
	if m.player() != nil { // nothing can be changed in a recording
		sections = []HelpSection{sections[sectionRecording], sections[sectionLook], sections[sectionMove],
			sections[sectionText]}
		sections[1].Rows = replayRows(m.keys, sections[1].Rows)
	}
	left := m.sectionLines(slices.Concat([]HelpSection{here}, sections[:2], []HelpSection{words}))
	right := m.sectionLines(append(slices.Clone(sections[2:]), m.skin.signs()))
	if lines := beside(left, right, m.whole().inner.w); lines != nil {
		return m.helpWindow(lines)
	}
	columns := m.keys.FullHelp()
	if m.player() != nil {
		columns = m.keys.ReplayHelp()
	}
	lines := append(m.sectionLines([]HelpSection{here}), "")
	lines = append(lines, strings.Split(m.help.FullHelpView(columns), "\n")...)
	lines = append(lines, "")
	return m.helpWindow(append(lines, m.sectionLines([]HelpSection{m.skin.signs(), words})...))
}

// replayRows returns the keys to look with as they are in a recording.
func replayRows(k KeyMap, rows []HelpRow) []HelpRow {
	rows = slices.DeleteFunc(rows, func(r HelpRow) bool {
		return slices.ContainsFunc(keysOf(k.Pause, k.Shell, k.Programs, k.Fixes), func(b key.Binding) bool {
			return r.Name == b.Help().Key
		})
	})
	for i, r := range rows {
		if r.Name == k.Quit.Help().Key {
			rows[i].Text = "quit (also ctrl+c)"
		}
	}
	return rows
}

// sectionLines draws sections one below the other.
func (m *Model) sectionLines(sections []HelpSection) []string {
	var lines []string
	for i, s := range sections {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, m.skin.Bold.Render(s.Title))
		for _, r := range s.Rows {
			lines = append(lines, m.skin.Key.Render(fit(r.Name, helpKeyWidth, false, m.skin.ellipsis))+" "+r.Text)
		}
	}
	return lines
}

const (
	helpKeyWidth = 10
	helpGap      = 3 // between two columns
)

// beside puts two columns side by side. It returns nil if they need more than width columns.
func beside(left, right []string, width int) []string {
	widest := func(lines []string) (n int) {
		for _, line := range lines {
			n = max(n, ansi.StringWidth(line))
		}
		return n
	}
	edge := widest(left) + helpGap
	if edge+widest(right) > width {
		return nil
	}
	lines := make([]string, max(len(left), len(right)))
	for i := range lines {
		if i < len(left) {
			lines[i] = left[i]
		}
		if i < len(right) {
			lines[i] = fit(lines[i], edge, false, "") + right[i]
		}
	}
	return lines
}
