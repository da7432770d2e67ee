// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// needs returns the names in the functions taken that the older file does not have, and that a function left or a line
// outside functions has.
func (c *cutting) needs(functions, lines []string) []string {
	defines := make(map[string]bool)
	for _, t := range lex(strings.Join(lines, "\n")) {
		for _, inner := range words(t) {
			defines[inner] = true
		}
	}
	for _, t := range lex(c.from) { // the older file has them
		for _, inner := range words(t) {
			delete(defines, inner)
		}
	}
	for _, line := range lines {
		if part := strings.Fields(line); len(part) > 1 && part[0] == "#define" {
			name, _, _ := strings.Cut(part[1], "(")
			defines[name] = true // if not new, then of another value
		}
	}
	for _, name := range functions {
		defines[name] = !c.taken[name]
	}
	var out []string
	for _, ch := range c.changes {
		if ch.new == nil {
			continue
		}
		for _, t := range lex(c.to[ch.new.Start:ch.new.End]) {
			for _, w := range words(t) {
				if defines[w] && !slices.Contains(out, w) {
					out = append(out, w)
				}
			}
		}
	}
	return out
}
