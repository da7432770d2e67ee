// SPDX-License-Identifier: GPL-2.0-only

// Package narrow says whether the change of a header can change the object of a file that includes it, by what the
// preprocessor makes of that file before and after. It knows no more of C than brackets, attributes and static inline
// functions, and takes whatever else differs, and whatever it does not understand, for a change.
//
// A static inline function that nothing in the file refers to is not compiled, so what is in it cannot reach the
// object. What remains without those functions is compared token by token. Macros have been expanded by then, and
// conditions decided.
package narrow

import (
	"slices"
	"strings"
)

// Touched returns "" if a file's object cannot depend on what differs between the two texts that the preprocessor made
// of it. Otherwise it says in a few words what differs, or what is not understood.
func Touched(original, patched string) (why string) {
	old, err := lex(original)
	if err != nil {
		return "the file " + err.Error()
	}
	new, err := lex(patched)
	if err != nil {
		return "the changed file " + err.Error()
	}
	if slices.Equal(old, new) {
		return ""
	}
	before, err := split(old)
	if err != nil {
		return "the file " + err.Error()
	}
	after, err := split(new)
	if err != nil {
		return "the changed file " + err.Error()
	}
	before, after = remaining(before), remaining(after)
	r := renaming{make(map[string]string), make(map[string]string)}
	for i := range min(len(before), len(after)) {
		if !r.equal(before[i].tokens, after[i].tokens) {
			return "it differs in: " + shown(before[i]) + " / " + shown(after[i])
		}
	}
	switch {
	case len(before) > len(after):
		return "it lacks: " + shown(before[len(after)])
	case len(after) > len(before):
		return "it has more: " + shown(after[len(before)])
	}
	return ""
}

// shown returns the beginning of an item for a message.
func shown(it item) string {
	const most = 12
	var words []string
	for _, t := range it.tokens[:min(most, len(it.tokens))] {
		words = append(words, t.text)
	}
	return strings.Join(words, " ")
}

// renaming has the names that differ only by a number that the preprocessor counts up, both ways. They are of what the
// file has for itself, and a name more in a function that is left out moves all that follow.
type renaming struct{ there, back map[string]string }

// equal compares two items.
func (r renaming) equal(a, b []token) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].kind != b[i].kind || a[i].text != b[i].text && (a[i].kind != word || !numbered(a[i].text, b[i].text)) {
			return false
		}
		if a[i].kind == word && isNumbered(a[i].text) && !r.pair(a[i].text, b[i].text) {
			return false
		}
		if a[i].kind == text && !r.same(a[i].text) {
			return false
		}
	}
	return true
}

// same reports whether the names in a string, which both items have, stand for themselves.
func (r renaming) same(literal string) bool {
	same := true
	wordsOf(literal, func(name string) {
		if isNumbered(name) && !r.pair(name, name) {
			same = false
		}
	})
	return same
}

// pair reports whether two names stand for each other everywhere.
func (r renaming) pair(a, b string) bool {
	to, known := r.there[a]
	from, back := r.back[b]
	if !known && !back {
		r.there[a], r.back[b] = b, a
		return true
	}
	return to == b && from == a
}

// isNumbered reports whether the kernel's macros give names of this form a number of __COUNTER__.
func isNumbered(name string) bool {
	return strings.HasPrefix(name, counted) || strings.HasPrefix(name, "__UNIQUE_ID_")
}

// numbered reports whether two such names are the same but for the number.
func numbered(a, b string) bool {
	const digits = "0123456789"
	stem := strings.TrimRight(a, digits)
	return isNumbered(a) && stem != a && stem == strings.TrimRight(b, digits) && stem != b
}
