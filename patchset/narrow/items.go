// SPDX-License-Identifier: GPL-2.0-only

package narrow

import (
	"errors"
	"slices"
)

// item is a declaration, a definition or a pragma at the top of a file.
type item struct {
	tokens []token
	// inline is the name of the function that this defines as static inline and that the compiler forgets if nobody
	// uses it; "" for anything else, and for whatever is not understood.
	inline string
	// alone: what this defines has no effect on the rest of the file, so that without a user it can be left out.
	alone bool
}

var (
	errBrackets = errors.New("has brackets that do not match")
	errBody     = errors.New("has a function in a form that is not understood")
	errEnd      = errors.New("ends in the middle of a declaration")
)

// split returns the items of a file, all of its tokens.
func split(tokens []token) ([]item, error) {
	var items []item
	var open []byte // brackets
	from, function := 0, false
	for i, t := range tokens {
		end := false
		switch {
		case t.kind == line:
			end = from == i
		case t.kind != mark:
		case t.text == "(" || t.text == "[" || t.text == "{":
			if t.text == "{" && len(open) == 0 && !function {
				if from == i {
					return nil, errBody // as old C has it, with the parameters' types before it
				}
				function = isFunction(tokens[from:i])
			}
			open = append(open, t.text[0])
		case t.text == ")" || t.text == "]" || t.text == "}":
			if len(open) == 0 || closes[open[len(open)-1]] != t.text {
				return nil, errBrackets
			}
			open = open[:len(open)-1]
			end = function && t.text == "}" && len(open) == 0
		case t.text == ";":
			end = len(open) == 0
		}
		if !end {
			continue
		}
		made := item{tokens: tokens[from : i+1]}
		if function {
			made.inline, made.alone = inlineName(made.tokens)
		}
		items, from, function = append(items, made), i+1, false
	}
	if from < len(tokens) {
		return nil, errEnd
	}
	return items, nil
}

var closes = map[byte]string{'(': ")", '[': "]", '{': "}"}

// parentheses stand for a pair of them with all that is in it.
const parentheses = "()"

// parts returns the pieces of a head without its attributes; nil if it is in a form that no function of the kernel has.
func parts(head []token) []string {
	var found []string
	for i := 0; i < len(head); i++ {
		switch t := head[i]; {
		case t.kind == line || t.kind == text || t.kind == number:
			return nil
		case isAttribute(t) || t.text == "(":
			begin := i
			if isAttribute(t) {
				begin++
			}
			end := pairEnd(head, begin)
			if end < 0 {
				return nil
			}
			if !isAttribute(t) {
				found = append(found, parentheses)
			}
			i = end
		default:
			found = append(found, t.text)
		}
	}
	return found
}

// pairEnd returns the index of the parenthesis that closes the one at begin, -1 if there is none. Other brackets may be
// between them: whether they match has been looked at.
func pairEnd(tokens []token, begin int) int {
	depth := 0
	for i := begin; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.kind == mark && t.text == "(":
			depth++
		case t.kind == mark && t.text == ")":
			depth--
		}
		if depth == 0 {
			if i == begin {
				return -1
			}
			return i
		}
	}
	return -1
}

// isFunction reports whether the body of a function follows a head: then the item ends with it.
func isFunction(head []token) bool {
	found := parts(head)
	return len(found) > 1 && found[len(found)-1] == parentheses && !slices.Contains(found, "=") &&
		!slices.Contains(found, ",")
}

// inlineName returns the name of a function that is defined as static inline; "" if it is another one, or has an
// attribute by which it may be used unseen.
func inlineName(function []token) (name string, alone bool) {
	body := bodyOf(function)
	found := parts(function[:body])
	n := len(found) - 2
	if n < 2 || found[n+1] != parentheses || slices.Contains(found[:n+1], parentheses) ||
		!slices.Contains(found[:n], "static") || !slices.ContainsFunc(found[:n], isInline) || called(found[n]) {
		return "", false
	}
	for _, p := range found[:n+1] {
		if !isWord(p[0]) && p != "*" {
			return "", false
		}
	}
	if !isWord(found[n][0]) || !harmless(function[:body], headAttributes) ||
		!harmless(function[body:], bodyAttributes) {
		return "", false
	}
	return found[n], standsAlone(function[body:])
}

// bodyOf returns the index of the brace that opens a function's body, the first outside of parentheses.
func bodyOf(function []token) int {
	depth := 0
	for i, t := range function {
		switch {
		case t.kind != mark:
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case t.text == "{" && depth == 0:
			return i
		}
	}
	return len(function)
}

func isInline(word string) bool {
	return word == "inline" || word == "__inline" || word == "__inline__"
}
