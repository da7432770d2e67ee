// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// contextLines is how many lines of a diff surround a change.
const contextLines = 3

// Unified returns the unified diff of a file from one text to another, as git writes it; "" if they are the same.
func Unified(file, from, to string) string {
	if from == to {
		return ""
	}
	out := &gitdiff.File{OldName: file, NewName: file, TextFragments: fragments(from, to)}
	return out.String()
}

// fragments returns the hunks of a diff.
func fragments(from, to string) []*gitdiff.TextFragment {
	lines := script(splitLines(from), splitLines(to))
	var out []*gitdiff.TextFragment
	oldAt, newAt := int64(1), int64(1)
	for i := 0; i < len(lines); {
		if lines[i].Op == gitdiff.OpContext {
			oldAt, newAt, i = oldAt+1, newAt+1, i+1
			continue
		}
		before := min(i, contextLines)
		last := i // the last change of this hunk
		for j := i; j < len(lines) && j-last <= 2*contextLines; j++ {
			if lines[j].Op != gitdiff.OpContext {
				last = j
			}
		}
		end := min(len(lines), last+1+contextLines)
		f := fragment(lines[i-before : end])
		f.OldPosition, f.NewPosition = oldAt-int64(before), newAt-int64(before)
		if f.OldLines == 0 {
			f.OldPosition--
		}
		if f.NewLines == 0 {
			f.NewPosition--
		}
		oldAt, newAt, i = oldAt-int64(before)+f.OldLines, newAt-int64(before)+f.NewLines, end
		out = append(out, f)
	}
	return out
}

// script returns all lines of two texts, those in common once.
func script(a, b []string) []gitdiff.Line {
	var out []gitdiff.Line
	at := 0
	for i, from := range append(common(a, b), len(a)) {
		if from < 0 {
			out = append(out, gitdiff.Line{Op: gitdiff.OpAdd, Line: b[i]})
			continue
		}
		added := len(out)
		for added > 0 && out[added-1].Op == gitdiff.OpAdd {
			added--
		}
		var gone []gitdiff.Line
		for ; at < from; at++ {
			gone = append(gone, gitdiff.Line{Op: gitdiff.OpDelete, Line: a[at]})
		}
		out = slices.Insert(out, added, gone...) // what is gone stands before what took its place
		if from < len(a) {
			out = append(out, gitdiff.Line{Op: gitdiff.OpContext, Line: a[at]})
			at++
		}
	}
	return out
}

// fragment counts a hunk's lines.
func fragment(lines []gitdiff.Line) *gitdiff.TextFragment {
	f := &gitdiff.TextFragment{Lines: lines}
	for _, line := range lines {
		switch line.Op {
		case gitdiff.OpContext:
			f.OldLines++
			f.NewLines++
			f.TrailingContext++
			if f.LinesAdded+f.LinesDeleted == 0 {
				f.LeadingContext++
			}
			continue
		case gitdiff.OpAdd:
			f.LinesAdded++
			f.NewLines++
		case gitdiff.OpDelete:
			f.LinesDeleted++
			f.OldLines++
		}
		f.TrailingContext = 0
	}
	return f
}
