// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
)

// styles are what a theme decides. They use the terminal's own 16 colours on its own background. No colour carries a
// meaning that a word or a glyph does not carry too.
type styles struct {
	Plain, Bold, Faint, Key, Title, Focus lipgloss.Style
	Good, Warn, Bad                       lipgloss.Style    // states and counts
	Heat                                  [3]lipgloss.Style // of what is busy, from little to much: no alarm
	Selected                              lipgloss.Style    // the whole of a row under the cursor, below its colours
	Added, Removed                        lipgloss.Style    // lines of a diff, which begin with a sign too
	GoodBadge, WarnBadge, BadBadge, Badge lipgloss.Style    // the same, as blocks that catch the eye
}

// palette names the terminal colours of a theme; "" is the terminal's own colour. The accent says where keys go and
// what they are; the brightest bars of what is busy have it too, above those in busy. bad is for trouble, and for
// nothing that is merely busy. chosen is behind a row under the cursor; "": it is reversed, where a colour would hide
// those of the row.
type palette struct{ good, warn, bad, accent, busy, chosen string }

var palettes = map[string]palette{
	"dark":         {good: "10", warn: "11", bad: "9", accent: "14", busy: "6", chosen: "4"},
	"light":        {good: "2", warn: "5", bad: "1", accent: "4", busy: "4"},
	"colour-blind": {good: "12", warn: "11", bad: "13", accent: "14", busy: "6"},
	"mono":         {},
}

// Themes returns the names that Options.Theme may have, sorted.
func Themes() []string {
	names := make([]string, 0, len(palettes))
	for name := range palettes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// newStyles returns the styles of a theme; "" is dark. It fails for an unknown theme.
func newStyles(theme string) (styles, error) {
	if theme == "" {
		theme = "dark"
	}
	p, ok := palettes[theme]
	if !ok {
		return styles{}, fmt.Errorf("choosing theme %q: there is no such theme: choose one of %s",
			theme, strings.Join(Themes(), ", "))
	}
	plain := lipgloss.NewStyle()
	fg := func(c string) lipgloss.Style {
		if c == "" {
			return plain
		}
		return plain.Foreground(lipgloss.Color(c))
	}
	faint := plain.Faint(true) // not colour 8: on some terminals that is the background
	selected := plain.Reverse(true)
	if p.chosen != "" {
		selected = fg("15").Background(lipgloss.Color(p.chosen))
	}
	return styles{
		Plain: plain, Bold: plain.Bold(true), Faint: faint,
		Key: fg(p.accent).Bold(true), Title: faint, Focus: fg(p.accent).Bold(true),
		Good: fg(p.good).Bold(true), Warn: fg(p.warn), Bad: fg(p.bad).Bold(true),
		Heat:     [3]lipgloss.Style{fg(p.busy).Faint(true), fg(p.busy), fg(p.accent).Bold(p.accent == p.busy)},
		Selected: selected,
		Added:    fg(p.good), Removed: fg(p.bad),
		GoodBadge: fg(p.good).Bold(true).Reverse(true), WarnBadge: fg(p.warn).Bold(true).Reverse(true),
		BadBadge: fg(p.bad).Bold(true).Reverse(true), Badge: plain.Bold(true).Reverse(true),
	}, nil
}
