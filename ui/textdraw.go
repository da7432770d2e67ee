// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// line returns the style of a kind of line. No colour says what a word or a sign in the line does not say.
func (st styles) line(kind lineKind) lipgloss.Style {
	switch kind {
	case lineBold, lineHead:
		return st.Bold
	case lineGood:
		return st.Good
	case lineWarn:
		return st.Warn
	case lineHunk:
		return st.Faint
	case lineAdded:
		return st.Added
	case lineRemoved:
		return st.Removed
	}
	return st.Plain
}

// view draws the rows on the screen.
func (v *textView) view() []string {
	var out []string
	for row := v.top; row < v.rows() && len(out) < v.height; row++ {
		line, part := v.lineAt(row)
		l, from := v.lines[line], v.left
		if v.wrap {
			from = part * v.room()
		}
		gutter := "  "
		switch {
		case part > 0:
			gutter = v.Faint.Render(v.ellipsis) + " "
		case line == v.mark-1:
			gutter = v.Key.Render(">") + " "
		}
		text := l.text
		if from > 0 {
			text = ansi.Cut(text, from, from+ansi.StringWidth(text))
		}
		if v.wrap {
			text = ansi.Cut(text, 0, v.room())
		} else {
			text = cut(text, v.room(), v.ellipsis)
		}
		label := ""
		if from == 0 && l.label > 0 && len(text) > l.label { // a label is ASCII
			label, text = v.Faint.Render(text[:l.label]), text[l.label:]
		}
		out = append(out, gutter+label+highlight(text, v.found, v.styles.line(l.kind)))
	}
	return out
}

// highlight draws a text, with what was found in it standing out. found is in small letters.
func highlight(text, found string, style lipgloss.Style) string {
	if text == "" {
		return ""
	}
	small := strings.ToLower(text)
	if found == "" || len(small) != len(text) {
		return style.Render(text)
	}
	var b strings.Builder
	for {
		i := strings.Index(small, found)
		if i < 0 {
			break
		}
		end := i + len(found)
		if i > 0 {
			b.WriteString(style.Render(text[:i]))
		}
		b.WriteString(style.Reverse(true).Render(text[i:end]))
		text, small = text[end:], small[end:]
	}
	if text != "" {
		b.WriteString(style.Render(text))
	}
	return b.String()
}
