// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Screens of at least this size have frames around their panes. On smaller ones every line and column is needed.
const (
	framedWidth  = 100
	framedHeight = 30
)

// framed reports whether panes have frames. In ASCII they would be made of the signs that the big figure is made of.
func (m *Model) framed() bool {
	return m.width >= framedWidth && m.height >= framedHeight && !m.skin.ascii
}

// edges are the signs of a frame.
type edges struct{ topLeft, topRight, bottomLeft, bottomRight, across, down string }

// edges returns the signs of a pane's frame. That of the focused one is heavier, so that it stands out without colour.
func (g glyphs) edges(focused bool) edges {
	if focused {
		return edges{"┏", "┓", "┗", "┛", g.focusRule, "┃"}
	}
	return edges{"╭", "╮", "╰", "╯", g.rule, "│"}
}

// frame draws lines into a frame of w columns and h lines, with a title in its upper left corner and a note in its
// upper right one.
func (sk skin) frame(w, h int, title, note string, focused bool, lines []string) []string {
	e, style, name := sk.edges(focused), sk.Title, sk.Bold
	if focused {
		style, name = sk.Focus, sk.Focus
	}
	shown := make([]string, max(0, h-2))
	copy(shown, lines)
	return sk.box(w, title, note, e, style.Render, name.Render, shown)
}

// box draws lines into a frame of w columns of these edges, which style draws; name draws the title.
func (sk skin) box(w int, title, note string, e edges, style, name styleOf, lines []string) []string {
	out := []string{sk.frameTop(w, title, note, e, style, name)}
	side := style(e.down)
	for _, line := range lines {
		out = append(out, side+fit(line, w-2, false, sk.ellipsis)+side)
	}
	return append(out, style(e.bottomLeft+strings.Repeat(e.across, w-2)+e.bottomRight))
}

// frameTop draws the upper edge of a frame. The note gives way to the title.
func (sk skin) frameTop(w int, title, note string, e edges, style, name styleOf) string {
	title = cut(" "+title+" ", w-4, sk.ellipsis)
	room := w - 4 - ansi.StringWidth(title)
	if note != "" {
		note = cut(" "+note+" ", room-1, sk.ellipsis)
	}
	room -= ansi.StringWidth(note)
	line := style(e.topLeft+e.across) + name(title) + style(strings.Repeat(e.across, max(0, room)))
	return line + note + style(e.across+e.topRight)
}
