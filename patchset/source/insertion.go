// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// insertion puts a new function behind the last function before it that both versions have, or before the first one
// behind it: outside all conditionals of the preprocessor.
func (c *cutting) insertion(f *Function) (edit, bool) {
	at := slices.IndexFunc(c.new, func(o Function) bool { return o.Start == f.Start })
	text := c.to[f.Start:f.End]
	for i := at - 1; i >= 0 && f.nested == 0; i-- {
		if before := c.anchor(c.new[i]); before != nil {
			return edit{before.End, before.End, "\n\n" + text}, true
		}
	}
	for i := at + 1; i < len(c.new) && f.nested == 0; i++ {
		if behind := c.anchor(c.new[i]); behind != nil {
			start := aboveComment(c.from, behind.Start)
			return edit{start, start, text + "\n\n"}, true
		}
	}
	return edit{}, false
}

// anchor returns the same function in the older version, if it can serve to find a place.
func (c *cutting) anchor(f Function) *Function {
	at := slices.IndexFunc(c.old, func(o Function) bool { return o.Name == f.Name && o.nested == 0 && o.Doubt == "" })
	if at < 0 || f.nested > 0 {
		return nil
	}
	return &c.old[at]
}

// aboveComment returns where the comment begins that stands right above a place, or that place.
func aboveComment(text string, at int) int {
	before := strings.TrimRight(text[:at], " \t\n")
	if strings.HasSuffix(before, "*/") && strings.Count(text[len(before):at], "\n") == 1 {
		if begin := strings.LastIndex(before, "/*"); begin == 0 || begin > 0 && text[begin-1] == '\n' {
			return begin
		}
	}
	return at
}
