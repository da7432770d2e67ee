// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"
)

// textLine is a line of a text, which has no tabs and nothing that steers a terminal.
type textLine struct {
	text  string
	kind  lineKind
	label int // columns at its beginning that only say what follows
}

// lineKind says what a line is, and so how it is drawn.
type lineKind int

const (
	linePlain lineKind = iota
	lineBold
	lineGood
	lineWarn
	lineHead // which file a diff is about
	lineHunk // which part of the file
	lineAdded
	lineRemoved
)

// textView shows a text of any length, and scrolls in it. It draws the rows that are on the screen and no others.
type textView struct {
	skin
	lines  []textLine
	starts []int // the first row of each line and, last, the number of all rows; nil: each line is one row
	width  int
	height int
	top    int  // first row on the screen
	left   int  // columns that are scrolled off
	wrap   bool // long lines go on in the next row
	mark   int  // the line that was found, and 1 more; 0: none
	found  string
}

// textGutter is how many columns are left of a text: for the mark of what was found.
const textGutter = 2

// sideStep is how many columns a text moves at once.
const sideStep = 16

// setLines replaces the text. What is on the screen stays there as far as it can.
func (v *textView) setLines(lines []textLine) {
	v.lines, v.mark = lines, 0
	v.measure()
}

func (v *textView) setSize(w, h int) {
	changed := w != v.width
	v.width, v.height = w, h
	if changed {
		v.measure()
	}
	v.scroll(0)
}

// room returns the columns of the text.
func (v *textView) room() int { return max(1, v.width-textGutter) }

// measure finds where each line begins. It looks at every line, so it is done only where something has changed.
func (v *textView) measure() {
	line, _ := v.lineAt(v.top)
	v.starts = nil
	if v.wrap {
		v.starts = make([]int, 1, len(v.lines)+1)
		row := 0
		for _, l := range v.lines {
			row += max(1, (ansi.StringWidth(l.text)+v.room()-1)/v.room())
			v.starts = append(v.starts, row)
		}
	}
	v.top = v.rowOf(line)
	v.scroll(0)
}

// rows returns how many rows the text has.
func (v *textView) rows() int { return v.rowOf(len(v.lines)) }

// rowOf returns the first row of a line.
func (v *textView) rowOf(line int) int {
	if v.starts == nil {
		return line
	}
	return v.starts[min(line, len(v.starts)-1)]
}

// lineAt returns which line a row shows, and which of its rows that is.
func (v *textView) lineAt(row int) (line, part int) {
	if v.starts == nil {
		return row, 0
	}
	line, exact := slices.BinarySearch(v.starts, row)
	if !exact {
		line--
	}
	return line, row - v.starts[line]
}

// head draws the first rows of other lines as this view would, whatever it has been scrolled to.
func (v *textView) head(lines []textLine, rows int) []string {
	top := textView{skin: v.skin, lines: lines, width: v.width, height: rows}
	return top.view()
}

// scroll moves by rows, as far as there are any.
func (v *textView) scroll(by int) {
	v.top = max(0, min(v.top+by, v.rows()-v.height))
}

// side moves by columns, as far as the rows on the screen reach.
func (v *textView) side(by int) {
	widest := 0
	for row := v.top; row < min(v.top+v.height, v.rows()); row++ {
		line, _ := v.lineAt(row)
		widest = max(widest, ansi.StringWidth(v.lines[line].text))
	}
	v.left = max(0, min(v.left+by, max(v.left, widest-v.room())))
}

// toggleWrap has long lines go on in the next row, or reach past the screen.
func (v *textView) toggleWrap() {
	v.wrap, v.left = !v.wrap, 0
	v.measure()
}

// position says which lines are on the screen, "" if all are.
func (v *textView) position() string {
	if v.rows() <= v.height || v.height <= 0 {
		return ""
	}
	first, _ := v.lineAt(v.top)
	last, _ := v.lineAt(min(v.top+v.height, v.rows()) - 1)
	return linesText(first+1, last+1, len(v.lines))
}

// linesText says which lines of how many are on the screen.
func linesText(first, last, of int) string { return fmt.Sprintf("lines %d-%d of %d", first, last, of) }

// texts, at and to make it a part that can be searched.
func (v *textView) texts() []string {
	texts := make([]string, len(v.lines))
	for i, l := range v.lines {
		texts[i] = l.text
	}
	return texts
}

func (v *textView) at() int {
	if v.mark > 0 {
		return v.mark - 1
	}
	line, _ := v.lineAt(v.top)
	return line
}

// to shows a line, with some of what is above it, and marks it.
func (v *textView) to(line int) {
	v.mark = line + 1
	if row := v.rowOf(line); row < v.top || row >= v.top+v.height {
		v.top = row
		v.scroll(-v.height / 3)
	}
}

// show says what is searched for, so that it stands out; "": nothing is.
func (v *textView) show(found string) {
	v.found = found
	if found == "" {
		v.mark = 0
	}
}
