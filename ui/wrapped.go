// SPDX-License-Identifier: GPL-2.0-only

package ui

import "strings"

// A list whose last column is a sentence, such as the log, shows all of it in further lines as long as the whole list
// has room for that. Where it has not, each row is one line again.

// wrapped returns the lines of the last column of each row, and nil where each row has one line.
func (t *table) wrapped(widths []int) [][]string {
	if !t.wraps || len(t.rows) > t.body() {
		return nil
	}
	last, lines := len(widths)-1, 0
	parts := make([][]string, len(t.rows))
	for i, r := range t.rows {
		parts[i] = wrap(r.cells[last].text, widths[last])
		lines += len(parts[i])
	}
	if lines > t.body() || lines == len(t.rows) {
		return nil
	}
	return parts
}

// wrappedLines draws the rows with all lines of their last column.
func (t *table) wrappedLines(parts [][]string, widths []int, gl glyphs,
	draw func(i int, mark, text string) string) []string {
	last, indent := len(widths)-1, 0
	for _, w := range widths[:last] {
		if w > 0 {
			indent += w + 1
		}
	}
	var lines []string
	for i, r := range t.rows {
		for j, text := range parts[i] {
			c := r.cells[last]
			c.text = text
			if j == 0 {
				r.cells = append(r.cells[:last:last], c)
				lines = append(lines, draw(i, ">", t.line(r, widths, gl)))
				continue
			}
			if c.style != nil {
				text = c.style(text)
			}
			lines = append(lines, draw(i, " ", strings.Repeat(" ", indent)+text))
		}
	}
	return lines
}

// rowAtLine returns which row is drawn in a line below the heading, counted from 0.
func (t *table) rowAtLine(line int) int {
	for i, part := range t.wrapped(t.layout()) {
		if line -= len(part); line < 0 {
			return i
		}
	}
	return t.offset + line
}
