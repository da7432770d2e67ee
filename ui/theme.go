// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
)

// styles are what a theme decides. Colours are the terminal's own 16, on its own background, and none of
// them says what a word or a glyph does not say too.
type styles struct {
	Plain, Bold, Faint, Key, Title, Focus lipgloss.Style
	Good, Warn, Bad, Info                 lipgloss.Style // states and counts
	GoodBadge, WarnBadge, BadBadge, Badge lipgloss.Style // the same, as a block that catches the eye
}

// palette names the terminal colours a theme uses; "" is the terminal's own.
type palette struct{ good, warn, bad, info string }

var palettes = map[string]palette{
	"dark":         {good: "10", warn: "11", bad: "9", info: "14"},
	"light":        {good: "2", warn: "5", bad: "1", info: "4"},
	"colour-blind": {good: "12", warn: "11", bad: "13", info: "14"},
	"mono":         {},
}

// Themes returns the names of the themes.
func Themes() []string {
	names := make([]string, 0, len(palettes))
	for name := range palettes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// newStyles makes the styles of a theme; "" is dark.
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
	faint := plain.Faint(true) // not colour 8: some terminals have it for their background
	return styles{
		Plain: plain, Bold: plain.Bold(true), Faint: faint,
		Key: fg(p.info).Bold(true), Title: faint, Focus: fg(p.info).Bold(true),
		Good: fg(p.good).Bold(true), Warn: fg(p.warn), Bad: fg(p.bad).Bold(true), Info: fg(p.info),
		GoodBadge: fg(p.good).Bold(true).Reverse(true), WarnBadge: fg(p.warn).Bold(true).Reverse(true),
		BadBadge: fg(p.bad).Bold(true).Reverse(true), Badge: plain.Bold(true).Reverse(true),
	}, nil
}
