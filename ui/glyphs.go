// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
)

// glyphs are the signs on the screen that are not letters, in Unicode or in ASCII.
type glyphs struct {
	rule, focusRule, played, here, ellipsis, safe, doubt, warn string
	up, down                                                   string // mark the column that rows are sorted by
	blank                                                      string // that is sent like a letter

	spark []string  // steps of the sparkline, the first for zero
	bar   [3]string // of a gauge: a whole cell, half of one, an empty one
	// Big digits are rows of pixels. Unicode draws two rows per line with half blocks; ASCII has segments instead.
	upper, lower, full string
	ascii              bool
}

var unicodeGlyphs = glyphs{
	rule: "─", focusRule: "━", played: "━", here: "┃", ellipsis: "…", safe: "●", doubt: "?", warn: "!", up: "▲", down: "▼",
	blank: "\u00a0",
	spark: []string{"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	bar:   [3]string{"█", "▌", "░"},
	upper: "▀", lower: "▄", full: "█",
}

var asciiGlyphs = glyphs{
	rule: "-", focusRule: "=", played: "=", here: "|", ellipsis: "~", safe: "*", doubt: "?", warn: "!", up: "^", down: "v",
	blank: " ",
	spark: []string{"_", ".", ".", ":", ":", "+", "+", "#", "#"},
	bar:   [3]string{"#", "=", "-"},
	ascii: true,
}

// sparkline draws values, the highest of them as a full bar. A zero has its own sign.
func (g glyphs) sparkline(values []int64) string {
	var top int64 = 1
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	steps := int64(len(g.spark) - 1)
	for _, v := range values {
		i := (max(v, 0)*steps + top - 1) / top // rounded up: only a zero is drawn as zero
		b.WriteString(g.spark[i])
	}
	return b.String()
}

// figureHeight is the height of a big figure in lines.
const figureHeight = 3

// pixels are the digits and the sign for "unknown", five rows of three.
var pixels = map[rune][5]string{
	'0': {"###", "# #", "# #", "# #", "###"},
	'1': {" # ", "## ", " # ", " # ", "###"},
	'2': {"###", "  #", "###", "#  ", "###"},
	'3': {"###", "  #", "###", "  #", "###"},
	'4': {"# #", "# #", "###", "  #", "  #"},
	'5': {"###", "#  ", "###", "  #", "###"},
	'6': {"###", "#  ", "###", "# #", "###"},
	'7': {"###", "  #", "  #", "  #", "  #"},
	'8': {"###", "# #", "###", "# #", "###"},
	'9': {"###", "# #", "###", "  #", "###"},
	'?': {"###", "  #", " ##", "   ", " # "},
}

// segments are the same for ASCII, drawn as on a pocket calculator.
var segments = map[rune][figureHeight]string{
	'0': {" _ ", "| |", "|_|"},
	'1': {"   ", "  |", "  |"},
	'2': {" _ ", " _|", "|_ "},
	'3': {" _ ", " _|", " _|"},
	'4': {"   ", "|_|", "  |"},
	'5': {" _ ", "|_ ", " _|"},
	'6': {" _ ", "|_ ", "|_|"},
	'7': {" _ ", "  |", "  |"},
	'8': {" _ ", "|_|", "|_|"},
	'9': {" _ ", "|_|", " _|"},
	'?': {" _ ", " _|", " . "},
}

// figure draws digits or a question mark large enough to be read across a room, in figureHeight lines.
func (g glyphs) figure(text string) []string {
	lines := make([]string, figureHeight)
	for _, digit := range text {
		for i := range lines {
			if g.ascii {
				lines[i] += segments[digit][i] + " "
				continue
			}
			lines[i] += g.halfBlocks(pixels[digit], i) + " "
		}
	}
	return lines
}

// halfBlocks draws the pixel rows 2*line and 2*line+1 of a digit.
func (g glyphs) halfBlocks(digit [5]string, line int) string {
	var b strings.Builder
	for x := range 3 {
		up := digit[2*line][x] == '#'
		down := 2*line+1 < len(digit) && digit[2*line+1][x] == '#'
		switch {
		case up && down:
			b.WriteString(g.full)
		case up:
			b.WriteString(g.upper)
		case down:
			b.WriteString(g.lower)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
