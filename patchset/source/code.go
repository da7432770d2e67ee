// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"strings"
)

// keyword returns what a directive is: "if", "define", or "" for a lone #.
func (t token) keyword() string {
	name := strings.TrimSpace(strings.TrimPrefix(t.text, "#"))
	for i := range len(name) {
		if !isWord(name[i]) {
			return name[:i]
		}
	}
	return name
}

// words returns the words in a token: itself, or those of a directive.
func words(t token) []string {
	switch t.kind {
	case word:
		return []string{t.text}
	case directive:
		return strings.FieldsFunc(t.text, func(r rune) bool { return r < 0x80 && !isWord(byte(r)) })
	}
	return nil
}

// sameCode reports whether two texts of C differ in nothing but comments and blanks.
func sameCode(a, b string) bool {
	x, y := code(a), code(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].kind != y[i].kind || x[i].text != y[i].text {
			return false
		}
	}
	return true
}

// code returns a text's tokens without its comments.
func code(text string) []token {
	all := lex(text)
	out := all[:0]
	for _, t := range all {
		if t.kind != comment {
			out = append(out, t)
		}
	}
	return out
}
