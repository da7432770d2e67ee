// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// enumerated cuts the declaration of an enum into its constants, to be compared one by one, and what is left of it:
// its names, which mean another type only if that takes more bits or a sign. A constant counts from those before it,
// so that it differs if one of them does. Anything else than an enum is left whole.
func enumerated(it item) []item {
	from := slices.IndexFunc(it.tokens, func(t token) bool { return t.text == "{" })
	to := len(it.tokens) - 1
	for to > from && it.tokens[to].text != "}" {
		to--
	}
	first := 0
	if len(it.tokens) > 0 && it.tokens[0].text == "typedef" {
		first = 1
	}
	directives := slices.ContainsFunc(it.tokens, func(t token) bool { return t.kind == directive })
	if from < 0 || to <= from || it.tokens[first].text != "enum" || directives {
		return []item{it}
	}
	var out []item
	var before, typed strings.Builder
	for _, part := range split(it.tokens[from+1 : to]) {
		texts := make([]string, len(part))
		for i, t := range part {
			texts[i] = t.text
		}
		before.WriteString(strings.Join(texts, " ") + ", ")
		if len(part) > 1 && (len(part) != 3 || len(texts[2]) > 9 || texts[2][0] < '0' || texts[2][0] > '9') {
			typed.WriteString(strings.Join(texts, " ") + ", ")
		}
		out = append(out, item{key: it.when + before.String(), names: texts[:1]})
	}
	outside := slices.Concat(it.tokens[:from+1], it.tokens[to:])
	rest := item{key: it.when + typed.String(), names: declared(outside)}
	for _, t := range outside {
		rest.key += t.text + " "
	}
	return append(out, rest)
}

// split cuts tokens at the commas outside of parentheses. It leaves out what is empty.
func split(tokens []token) [][]token {
	var out [][]token
	depth, from := 0, 0
	for i, t := range append(slices.Clone(tokens), token{kind: mark, text: ","}) {
		switch t.text {
		case "(", "{":
			depth++
		case ")", "}":
			depth--
		case ",":
			if depth == 0 {
				if i > from {
					out = append(out, tokens[from:i])
				}
				from = i + 1
			}
		}
	}
	return out
}
