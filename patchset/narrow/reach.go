// SPDX-License-Identifier: GPL-2.0-only

package narrow

import (
	"strconv"
	"strings"
)

// remaining returns the items without the static inline functions that nobody uses, as far as these stand alone. A
// function is used if its name is in an item that is none, or in a used one: as a name, whatever it means there, or
// within a string.
func remaining(items []item) []item {
	of := make(map[string]int)
	for i, it := range items {
		if it.inline == "" {
			continue
		}
		if _, twice := of[it.inline]; twice {
			items[i].inline, items[of[it.inline]].inline = "", ""
			continue
		}
		of[it.inline] = i
	}
	used := make([]bool, len(items))
	var todo []int
	use := func(i int) {
		if !used[i] {
			used[i] = true
			todo = append(todo, i)
		}
	}
	for i, it := range items {
		if it.inline == "" {
			use(i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		mentions(items[i].tokens, func(name string) {
			if to, is := of[name]; is {
				use(to)
			}
		})
	}
	var out []item
	for i, it := range items {
		if used[i] || !it.alone {
			out = append(out, it)
		}
	}
	return out
}

// mentions calls each with every name in some tokens. Strings beside each other are one.
func mentions(tokens []token, each func(name string)) {
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; t.kind {
		case word:
			each(t.text)
		case line:
			wordsOf(t.text, each)
		case text:
			var whole strings.Builder
			for ; i < len(tokens) && tokens[i].kind == text; i++ {
				literal := tokens[i].text
				quote := strings.IndexAny(literal, `"'`)
				whole.WriteString(plain(literal[quote+1 : len(literal)-1]))
			}
			i--
			wordsOf(whole.String(), each)
		}
	}
}

// wordsOf calls each with every run of characters that a name may have.
func wordsOf(text string, each func(name string)) {
	for at := 0; at < len(text); {
		n := at
		for n < len(text) && isWord(text[n]) {
			n++
		}
		if n > at {
			each(text[at:n])
		}
		at = n + 1
	}
}

// plain returns what a literal means, as far as names may be hidden in it. The characters of other escapes are not of a
// name.
func plain(text string) string {
	var out strings.Builder
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' || at+1 == len(text) {
			out.WriteByte(text[at])
			continue
		}
		at++
		digits, base := "", 8
		if text[at] == 'x' {
			at, base = at+1, 16
		}
		for ; at < len(text) && isDigit(text[at], base) && (base == 16 || len(digits) < 3); at++ {
			digits += text[at : at+1]
		}
		if value, err := strconv.ParseUint(digits, base, 64); err == nil {
			out.WriteByte(byte(value))
			at--
		} else {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

func isDigit(c byte, base int) bool {
	return c >= '0' && c <= '7' || base == 16 && (c == '8' || c == '9' || c|0x20 >= 'a' && c|0x20 <= 'f')
}
