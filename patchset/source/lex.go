// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"strings"
)

// kind is what a token of C is.
type kind int

const (
	word      kind = iota // a name, a keyword or a number
	mark                  // one character of any other sort
	literal               // a string or a character
	directive             // a whole line of the preprocessor, with those that continue it
	comment
	broken // a comment or literal without an end
)

// token is a piece of C as it stands in a file.
type token struct {
	kind    kind
	text    string // of a directive without comments and with single blanks
	at, end int    // in bytes from the file's beginning
	line    int    // from 1
}

// lexer splits C into tokens. It knows nothing of macros: what they make of a text is not in it.
type lexer struct {
	text string
	at   int
	line int
	out  []token
}

// lex returns all tokens of a text, comments included.
func lex(text string) []token {
	l := &lexer{text: text, line: 1, out: make([]token, 0, len(text)/5)}
	fresh := true // nothing but blanks and comments stands before on this line
	for l.at < len(text) {
		switch c := text[l.at]; {
		case c == '\n':
			l.line++
			l.at++
			fresh = true
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.at++
		case l.continues():
			l.skipContinued()
		case l.comment():
		case c == '#' && fresh:
			l.directive()
		default:
			fresh = false
			l.token()
		}
	}
	return l.out
}

// continues reports whether the line goes on after a backslash that stands here.
func (l *lexer) continues() bool {
	rest := l.text[l.at:]
	return strings.HasPrefix(rest, "\\\n") || strings.HasPrefix(rest, "\\\r\n")
}

func (l *lexer) skipContinued() {
	l.at = strings.IndexByte(l.text[l.at:], '\n') + l.at + 1
	l.line++
}

// add appends the token from a position to here, where a line was the first one.
func (l *lexer) add(k kind, from, line int) {
	l.out = append(l.out, token{kind: k, text: l.text[from:l.at], at: from, end: l.at, line: line})
}

// comment takes a comment, if one begins here.
func (l *lexer) comment() bool {
	from, line := l.at, l.line
	switch rest := l.text[l.at:]; {
	case strings.HasPrefix(rest, "/*"):
		n := strings.Index(rest[2:], "*/")
		k := comment
		if n < 0 {
			n, k = len(rest)-4, broken
		}
		l.at += n + 4
		l.line += strings.Count(l.text[from:l.at], "\n")
		l.add(k, from, line)
	case strings.HasPrefix(rest, "//"):
		for l.at < len(l.text) && l.text[l.at] != '\n' {
			if l.continues() {
				l.skipContinued()
			} else {
				l.at++
			}
		}
		l.add(comment, from, line)
	default:
		return false
	}
	return true
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// token takes a word, a literal or another character.
func (l *lexer) token() {
	from, line := l.at, l.line
	switch c := l.text[l.at]; {
	case isWord(c):
		for l.at < len(l.text) && isWord(l.text[l.at]) {
			l.at++
		}
		l.add(word, from, line)
	case c == '"' || c == '\'':
		k := broken
		if l.literal() {
			k = literal
		}
		l.add(k, from, line)
	default:
		l.at++
		l.add(mark, from, line)
	}
}

// literal moves behind a string or character. It returns false, and stays in the line, if that has no end.
func (l *lexer) literal() bool {
	quote := l.text[l.at]
	for l.at++; l.at < len(l.text); {
		switch c := l.text[l.at]; {
		case l.continues():
			l.skipContinued()
		case c == '\n':
			return false
		case c == '\\' && l.at+1 < len(l.text):
			l.at += 2
		case c == quote:
			l.at++
			return true
		default:
			l.at++
		}
	}
	return false
}

// directive takes a line of the preprocessor to its end. A comment in it may go on over several lines, and an
// apostrophe need not have a second one.
func (l *lexer) directive() {
	from, line := l.at, l.line
	var clean strings.Builder
	blank := false
	keep := func(text string) {
		if blank && clean.Len() > 0 {
			clean.WriteByte(' ')
		}
		blank = false
		clean.WriteString(text)
	}
	for l.at < len(l.text) && l.text[l.at] != '\n' {
		begin, count := l.at, len(l.out)
		switch c := l.text[l.at]; {
		case l.continues():
			l.skipContinued()
			blank = true
		case c == ' ' || c == '\t' || c == '\r':
			l.at++
			blank = true
		case l.comment():
			l.out = l.out[:count]
			blank = true
		case c == '"' || c == '\'':
			if !l.literal() {
				l.at = min(l.at, len(l.text))
			}
			keep(l.text[begin:l.at])
		default:
			l.at++
			keep(l.text[begin:l.at])
		}
	}
	l.add(directive, from, line)
	l.out[len(l.out)-1].text = clean.String()
}
