// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// applyHunks applies hunks to a text. A hunk is looked for at other lines too, but all its lines must be there: no line
// of the context is guessed. It returns what has come of those that fit, and a refusal for each other one.
func applyHunks(text string, hunks []*gitdiff.TextFragment) (string, []string, []*Refusal) {
	lines := splitLines(text)
	var out, notes []string
	var refusals []*Refusal
	at, drift := 0, 0 // lines used; how much later than the diff says the last hunk was found
	for i, h := range hunks {
		before := linesOf(h, gitdiff.Line.Old)
		found, r := locate(lines, at, int(h.OldPosition)-1+drift, h, before)
		if r != nil {
			r.Hunk = i + 1
			refusals = append(refusals, r)
			continue
		}
		if moved := found - (int(h.OldPosition) - 1); moved != drift {
			drift = moved
			notes = append(notes, fmt.Sprintf("hunk %d is for line %d and fits line %d", i+1, h.OldPosition, found+1))
		}
		out = append(out, lines[at:found]...)
		out = append(out, linesOf(h, gitdiff.Line.New)...)
		at = found + len(before)
	}
	return strings.Join(append(out, lines[at:]...), ""), notes, refusals
}

// linesOf returns one side of a hunk.
func linesOf(h *gitdiff.TextFragment, side func(gitdiff.Line) bool) []string {
	var out []string
	for _, line := range h.Lines {
		if side(line) {
			out = append(out, line.Line)
		}
	}
	return out
}

// locate returns the line, from 0, where a hunk fits, not before another line. It prefers the line where the diff has
// it, and otherwise takes the only one.
func locate(lines []string, from, expected int, h *gitdiff.TextFragment, before []string) (int, *Refusal) {
	if h.LeadingContext+h.TrailingContext == 0 {
		return 0, &Refusal{Kind: Ambiguous, Why: "it has no line of context: where it belongs cannot be proved",
			Do: "make the diff with context, as git does unless it is asked not to"}
	}
	fits := fitting(lines, from, before)
	switch {
	case slices.Contains(fits, expected):
		return expected, nil
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return 0, &Refusal{Kind: Ambiguous, Why: fmt.Sprintf("it is for line %d, and fits at lines %s", h.OldPosition,
			numbers(fits)), Do: "make the diff against this source, or with more context (git format-patch -U20)"}
	}
	if len(fitting(lines, 0, linesOf(h, gitdiff.Line.New))) > 0 {
		return 0, &Refusal{Kind: Applied, Why: "it is in this source already",
			Do: "leave it out of the diff, and look whether the rest is still wanted"}
	}
	return 0, mismatch(lines, expected, h, before)
}

// fitting returns the lines at which a text has all of some lines.
func fitting(lines []string, from int, some []string) []int {
	var out []int
	for i := from; i+len(some) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(some)], some) {
			out = append(out, i)
		}
	}
	return out
}

func numbers(lines []int) string {
	var out []string
	for _, n := range lines {
		out = append(out, fmt.Sprint(n+1))
	}
	return listed(out)
}

// mismatch says which line of a hunk is the first that differs, at the place where most of its lines fit.
func mismatch(lines []string, expected int, h *gitdiff.TextFragment, before []string) *Refusal {
	best, most := -1, 0
	far := func(i int) int { return max(i-expected, expected-i) }
	for i := range lines {
		n := 0
		for j := range min(len(before), len(lines)-i) {
			if lines[i+j] == before[j] && strings.TrimSpace(before[j]) != "" {
				n++
			}
		}
		if n > most || n == most && n > 0 && far(i) < far(best) {
			best, most = i, n
		}
	}
	r := &Refusal{Kind: NoMatch, Do: "take the fix for this kernel's series, from the stable tree or from a newer " +
		"package of Debian's source"}
	r.Why = fmt.Sprintf("it is for line %d, and nothing of it is in this source", h.OldPosition)
	for j := 0; best >= 0 && j < len(before); j++ {
		switch {
		case best+j >= len(lines):
			r.Why = fmt.Sprintf("it is for line %d, and the file ends before it does", h.OldPosition)
		case lines[best+j] != before[j]:
			r.Why = fmt.Sprintf("it does not apply: where the diff has %q, line %d of this source is %q",
				strings.TrimSpace(before[j]), best+j+1, strings.TrimSpace(lines[best+j]))
		default:
			continue
		}
		break
	}
	return r
}
