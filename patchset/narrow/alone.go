// SPDX-License-Identifier: GPL-2.0-only

package narrow

import (
	"slices"
	"strings"
)

// called reports whether the compiler itself may call a function of that name, without its being mentioned.
func called(name string) bool {
	begins := func(with string) bool { return strings.HasPrefix(name, with) }
	ends := func(with string) bool { return strings.HasSuffix(name, with) }
	return library[name] || slices.ContainsFunc(runtimes, begins) || slices.ContainsFunc(arithmetic, ends)
}

var (
	library = names("abort bcmp bcopy bzero exit fprintf fputc fputs fwrite index memchr memcmp memcpy memmove mempcpy " +
		"memset printf putc putchar puts rindex snprintf sprintf stpcpy strcat strchr strcmp strcpy strlen strncat strncmp " +
		"strncpy strnlen strrchr strstr vprintf vsprintf")
	runtimes = []string{"__asan", "__builtin", "__cyg_profile", "__fentry", "__gcov", "__kcsan", "__mcount", "__memcpy",
		"__memmove", "__memset", "__msan", "__sanitizer", "__stack_chk", "__tsan", "__ubsan", "__x86_", "mcount"}
	arithmetic = []string{"si2", "di2", "ti2", "si3", "di3", "ti3", "si4", "di4", "ti4"}
)

// counted begins the names of the functions that a failed check at compile time calls. They do not exist, and each has
// a number of its own.
const counted = "__compiletime_assert_"

// standsAlone reports whether a body that nobody uses can be left out without a change elsewhere. A pragma holds beyond
// its end, and so does what it says of a function or variable that it declares and does not have.
func standsAlone(body []token) bool {
	before := 0 // the token before the attributes that stand here
	for i := 0; i < len(body); i++ {
		t := body[i]
		switch {
		case t.kind == line:
			if !strings.HasPrefix(strings.Join(strings.Fields(t.text), " "), "#pragma GCC diagnostic ") {
				return false
			}
		case t.kind != word:
		case t.text == "extern":
			if !isCheck(body[i:]) {
				return false
			}
		case isAttribute(t):
			end := pairEnd(body, i+1)
			if end < 0 || !ofVariable(body, before, i, end) && !ofCheck(body, before, end) {
				return false
			}
			i = end
			continue
		case t.text == "asm" || t.text == "__asm" || t.text == "__asm__":
			// Behind a parenthesis it may be another name for a function.
			if body[i-1].text == ")" && (i+1 == len(body) || body[i+1].kind != word) {
				return false
			}
		}
		before = i
	}
	return true
}

// isCheck reports whether tokens begin with the declaration of the function of a check at compile time.
func isCheck(tokens []token) bool {
	return len(tokens) > 2 && tokens[0].text == "extern" && tokens[1].text == "void" &&
		strings.HasPrefix(tokens[2].text, counted)
}

// ofCheck reports whether the attributes between two tokens are those of such a declaration: extern void NAME(void).
func ofCheck(body []token, before, end int) bool {
	const length = 5 // from the first token of the declaration to the last
	return isCheck(body[end+1:]) || before >= length && isCheck(body[before-length:]) && body[before].text == ")"
}

// ofVariable reports whether an attribute, from i to end, cannot be that of a function, unless it means nothing there.
func ofVariable(body []token, before, i, end int) bool {
	if allowedGroup(body[i+1:end+1], harmlessOfFunctions) {
		return true
	}
	if body[before].text == ")" { // it stands behind the parameters of something
		return false
	}
	for j := end + 1; j < len(body); j++ {
		switch t := body[j]; {
		case isAttribute(t):
			if j = pairEnd(body, j+1); j < 0 {
				return false
			}
		case t.kind != mark:
		case t.text == "(":
			return false
		case t.text == ";" || t.text == "=" || t.text == "{" || t.text == "}":
			return true
		}
	}
	return false
}

// harmlessOfFunctions are attributes of a body that change nothing if what they are put to is a function.
var harmlessOfFunctions = names("address_space cleanup fallthrough may_alias noderef nonstring unused")
