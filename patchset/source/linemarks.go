// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"fmt"
	"strings"
)

// KeepLines puts #line directives into a patched text, so that each line that the original has too keeps its number
// there. Otherwise __LINE__, which is in every warning, would change the code of functions that nobody touched. A
// directive stands where one may: not in a comment, a literal, a continued line or between parentheses.
func KeepLines(original, patched string) string {
	lines := splitLines(patched)
	pairs := common(splitLines(original), lines)
	safe, nesting := lineStarts(patched, len(lines))
	var out strings.Builder
	says := 1            // the number that the compiler gives to this line
	var corrected []bool // for each open conditional: whether a directive stands in it
	for i, line := range lines {
		switch nesting[i] {
		case opens:
			corrected = append(corrected, false)
		case goesOn, closes:
			if n := len(corrected); n > 0 {
				if corrected[n-1] {
					says = unknown // it holds only if that branch was compiled
				}
				if nesting[i] == closes {
					corrected = corrected[:n-1]
				}
			}
		}
		if pairs[i] >= 0 && says != pairs[i]+1 && safe[i] && nesting[i] == none {
			says = pairs[i] + 1
			fmt.Fprintf(&out, "#line %d\n", says)
			for n := range corrected {
				corrected[n] = true
			}
		}
		out.WriteString(line)
		if says != unknown {
			says++
		}
	}
	return out.String()
}

// unknown is the number of a line that depends on the configuration.
const unknown = -1

// step is what a line does to the conditionals of the preprocessor.
type step int

const (
	none step = iota
	opens
	goesOn // with another branch
	closes
)

// lineStarts returns for each line whether a directive may stand before it, and what it does to conditionals.
func lineStarts(text string, count int) ([]bool, []step) {
	safe, steps := make([]bool, count), make([]step, count)
	for i := range safe {
		safe[i] = true
	}
	bar := func(from, to int) { // lines from 1, both ends included
		for n := max(1, from); n <= min(to, count); n++ {
			safe[n-1] = false
		}
	}
	var open []int // parentheses open at the #if of each conditional
	depth, last := 0, 1
	for _, t := range lex(text) {
		if depth > 0 {
			bar(last+1, t.line)
		}
		end := t.line + strings.Count(text[t.at:t.end], "\n")
		bar(t.line+1, end)
		last = end
		switch {
		case t.kind == directive:
			steps[t.line-1], depth, open = conditional(t, depth, open)
		case t.kind == mark && (t.text == "(" || t.text == "["):
			depth++
		case t.kind == mark && (t.text == ")" || t.text == "]"):
			depth = max(0, depth-1)
		}
	}
	for i, line := range splitLines(text) {
		if strings.HasSuffix(strings.TrimRight(line, "\r\n"), "\\") {
			bar(i+2, i+2)
		}
	}
	return safe, steps
}

// conditional follows the parentheses through the branches of a conditional: each begins as the first one did.
func conditional(t token, depth int, open []int) (step, int, []int) {
	keyword := t.keyword()
	switch {
	case strings.HasPrefix(keyword, "if"):
		return opens, depth, append(open, depth)
	case len(open) == 0:
	case strings.HasPrefix(keyword, "el"):
		return goesOn, open[len(open)-1], open
	case keyword == "endif":
		return closes, depth, open[:len(open)-1]
	}
	return none, depth, open
}
