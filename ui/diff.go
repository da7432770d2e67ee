// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// tabStop is how far apart the places are that a tab in a diff leads to.
const tabStop = 8

// diffStat says how much a diff changes.
type diffStat struct{ files, added, removed int }

func (d diffStat) String() string {
	return fmt.Sprintf("%s, %s added, %d removed", session.Counted(d.files, "file"), session.Counted(d.added, "line"),
		d.removed)
}

// hunk is the line that begins a part of a file: how many lines follow of the old text and of the new.
var hunk = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@`)

// diffLines takes a unified diff apart. What a line is its place says, and not its first letters alone: a line that is
// taken away may begin with "--". ascii: letters beyond ASCII are written as their numbers.
func diffLines(diff string, ascii bool) (lines []textLine, stat diffStat) {
	before, after := 0, 0 // lines that the part still has
	for text := range strings.Lines(diff) {
		text = strings.TrimSuffix(text, "\n")
		kind := linePlain
		switch {
		case before+after > 0 && strings.HasPrefix(text, "+"):
			kind = lineAdded
			stat.added++
			after--
		case before+after > 0 && strings.HasPrefix(text, "-"):
			kind = lineRemoved
			stat.removed++
			before--
		case before+after > 0 && (text == "" || text[0] == ' '):
			before--
			after--
		case before+after > 0 && text[0] == '\\': // no newline at the end
		default: // also where a part has fewer lines than it says
			before, after = 0, 0
			if m := hunk.FindStringSubmatch(text); m != nil {
				before, after, kind = lineCount(m[1]), lineCount(m[2]), lineHunk
				break
			}
			if strings.HasPrefix(text, "+++ ") {
				stat.files++
			}
			if headsFile(text) {
				kind = lineHead
			}
		}
		lines = append(lines, textLine{text: untabbed(text, ascii), kind: kind})
	}
	return lines, stat
}

// lineCount reads how many lines a part has: one, where nothing is said.
func lineCount(s string) int {
	if s == "" {
		return 1
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// headsFile reports whether a line of a diff says which file follows.
func headsFile(text string) bool {
	return slices.ContainsFunc([]string{"diff ", "--- ", "+++ ", "index ", "new file ", "deleted file "},
		func(begin string) bool { return strings.HasPrefix(text, begin) })
}

// untabbed returns a line with blanks in the place of its tabs.
func untabbed(text string, ascii bool) string {
	if ascii {
		text = asciiOnly(text)
	}
	if !strings.Contains(text, "\t") {
		return text
	}
	var b strings.Builder
	column := 0
	for i, part := range strings.Split(text, "\t") {
		if i > 0 {
			blanks := tabStop - column%tabStop
			b.WriteString(strings.Repeat(" ", blanks))
			column += blanks
		}
		b.WriteString(part)
		column += ansi.StringWidth(part)
	}
	return b.String()
}

// asciiOnly writes what is not ASCII as C does.
func asciiOnly(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > 126 }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r <= 126:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
