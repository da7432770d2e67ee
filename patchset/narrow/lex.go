// SPDX-License-Identifier: GPL-2.0-only

package narrow

import (
	"errors"
	"strings"
)

// kind is what a token of preprocessed C is.
type kind byte

const (
	word   kind = iota // a name or a keyword
	number             // what the preprocessor takes for one
	mark               // an operator or a bracket, as long as C has it
	text               // a string or a character, with its prefix
	line               // a line that is left for the compiler, such as a pragma
)

// token is a piece of C. What stands between tokens means nothing once the preprocessor has run.
type token struct {
	kind kind
	text string
}

// marks are the operators of several characters, longer ones first.
var marks = []string{"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=",
	"*=", "/=", "%=", "&=", "^=", "|=", "##"}

// Forms that nobody writes in a kernel. They would be other tokens than they look like.
var odd = []string{"<%", "%>", "<:", ":>", "%:", "??", "\\", "/*", "//"}

var (
	errOdd  = errors.New("has signs that are not understood")
	errLine = errors.New("has __builtin_LINE, whose value is in no token")
)

// lex splits what the preprocessor made of a file. Lines that say where text comes from are left out.
func lex(in string) ([]token, error) {
	out := make([]token, 0, len(in)/8)
	for at, fresh := 0, true; at < len(in); {
		c := in[at]
		switch {
		case c == '\n':
			at, fresh = at+1, true
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			at++
			continue
		case c == '#' && fresh:
			end := at + len(textBefore(in[at:], "\n"))
			if whole := in[at:end]; !isMarker(whole) {
				out = append(out, token{line, whole})
			}
			at = end
			continue
		}
		fresh = false
		t, err := next(in[at:])
		if err != nil {
			return nil, err
		}
		if t.kind == word && t.text == "__builtin_LINE" {
			return nil, errLine
		}
		out = append(out, t)
		at += len(t.text)
	}
	return out, nil
}

// textBefore returns the part of a text before a mark, all of it where that is not in it.
func textBefore(text, end string) string {
	before, _, _ := strings.Cut(text, end)
	return before
}

// isMarker reports whether a line says of which file and line what follows is.
func isMarker(line string) bool {
	rest := strings.TrimLeft(line[1:], " \t")
	return rest == "" || rest[0] >= '0' && rest[0] <= '9'
}

// next returns the token that a text begins with.
func next(in string) (token, error) {
	c := in[0]
	switch {
	case c >= '0' && c <= '9' || c == '.' && len(in) > 1 && in[1] >= '0' && in[1] <= '9':
		return token{number, in[:numberEnd(in)]}, nil
	case isWord(c):
		n := 1
		for n < len(in) && isWord(in[n]) {
			n++
		}
		if n == len(in) || in[n] != '"' && in[n] != '\'' {
			return token{word, in[:n]}, nil
		}
		switch in[:n] {
		case "L", "u", "U", "u8":
			return literal(in, n)
		}
		if in[n-1] == 'R' { // a raw string has rules of its own
			return token{}, errOdd
		}
		return token{word, in[:n]}, nil
	case c == '"' || c == '\'':
		return literal(in, 0)
	case strings.IndexByte("(){}[];,~", c) >= 0: // it begins nothing longer
		return token{mark, in[:1]}, nil
	}
	for _, o := range odd {
		if strings.HasPrefix(in, o) {
			return token{}, errOdd
		}
	}
	for _, m := range marks {
		if strings.HasPrefix(in, m) {
			return token{mark, in[:len(m)]}, nil
		}
	}
	return token{mark, in[:1]}, nil
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// numberEnd returns the length of a number, which is whatever looks like one: 0x1f, 1e+5, 1.5f.
func numberEnd(in string) int {
	n := 1
	for n < len(in) && (isWord(in[n]) || in[n] == '.' ||
		(in[n] == '+' || in[n] == '-') && strings.IndexByte("eEpP", in[n-1]) >= 0) {
		n++
	}
	return n
}

// literal returns the string or character whose quote stands at a place.
func literal(in string, quote int) (token, error) {
	for n := quote + 1; n < len(in) && in[n] != '\n'; n++ {
		switch in[n] {
		case '\\':
			n++
		case in[quote]:
			return token{text, in[:n+1]}, nil
		}
	}
	return token{}, errOdd
}
