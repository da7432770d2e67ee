// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// words returns the words on the screen that do not explain themselves, the most needed first.
func (g glyphs) words() HelpSection {
	return HelpSection{"What the words mean", []HelpRow{
		{Name: "BEFORE", Text: "calls that began before the watch"},
		{Name: "0 SEEN", Text: "share of samples that found nobody inside"},
		{Name: "HISTORY", Text: "the last counts: " + g.spark[0] + " is a zero, blank is not seen"},
		{Name: "DOUBT " + g.doubt, Text: "the count is not vouched for; its row says why"},
		{Name: ">10 s", Text: "inside since before the watch, at least this long"},
		{Name: "P50, P99", Text: "half of the calls, or 99 %, stayed no longer"},
		{Name: "S", Text: "state as in ps: R runs, S and D sleep"},
	}}
}

// helpPage returns the whole key table if it fits. Otherwise it returns each key with one word, and below as many of
// the words' meanings as fit.
func (m *Model) helpPage() []string {
	words := m.skin.words()
	sections := m.keys.Sections()
	if m.player() != nil { // nothing can be changed in a recording
		sections = []HelpSection{sections[sectionRecording], sections[sectionLook], sections[sectionMove],
			sections[sectionText]}
		sections[1].Rows = replayRows(m.keys, sections[1].Rows)
	}
	left := m.sectionLines(append(slices.Clone(sections[:2]), words))
	right := m.sectionLines(sections[2:])
	if lines := beside(left, right, m.width); lines != nil && len(lines) < m.body() {
		return lines
	}
	columns := m.keys.FullHelp()
	if m.player() != nil {
		columns = m.keys.ReplayHelp()
	}
	lines := strings.Split(m.help.FullHelpView(columns), "\n")
	below := m.sectionLines([]HelpSection{words})
	below[0] = "" // the title of the words is needed least
	if room := m.body() - 1 - len(lines); room > 3 {
		lines = append(lines, below[:min(room, len(below))]...)
	}
	return lines
}

// replayRows returns the keys to look with as they are in a recording.
func replayRows(k KeyMap, rows []HelpRow) []HelpRow {
	rows = slices.DeleteFunc(rows, func(r HelpRow) bool {
		return slices.ContainsFunc(keysOf(k.Shell, k.Programs, k.Fixes), func(b key.Binding) bool {
			return r.Name == b.Help().Key
		})
	})
	for i, r := range rows {
		switch r.Name {
		case k.Pause.Help().Key:
			rows[i].Text = "pause, or go on"
		case k.Quit.Help().Key:
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
