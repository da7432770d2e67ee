// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// Changes is what differs between two versions of a file, by what it is.
type Changes struct {
	Bodies   []string // functions whose text differs, their headings not
	Heads    []string // functions whose heading differs: parameters, attributes
	New      []string // functions
	Gone     []string // functions
	Boot     []string // of all these, those that run only while the kernel boots or a module is loaded or unloaded
	Untraced []string // of all these, those that the kernel does not let anybody trace
	Outside  []string // lines that the newer version adds outside functions: data, types, macros
	Doubts   []string // functions whose bounds are not certain, with the reason
}

// Compare returns what differs between two versions of a file of C. What differs in comments or blanks only is no
// change. Functions defined several times in one file are compared in their order.
func Compare(from, to string) Changes {
	old, fresh := Functions(from), Functions(to)
	var c Changes
	for _, f := range slices.Concat(old, fresh) {
		if doubt := f.Name + ": " + f.Doubt; f.Doubt != "" && !slices.Contains(c.Doubts, doubt) {
			c.Doubts = append(c.Doubts, doubt)
		}
	}
	for _, p := range matched(old, fresh) {
		switch {
		case p.old == nil:
			c.New = append(c.New, p.new.Name)
		case p.new == nil:
			c.Gone = append(c.Gone, p.old.Name)
		default:
			a, b := from[p.old.Start:p.old.End], to[p.new.Start:p.new.End]
			switch {
			case a == b || sameCode(a, b):
				continue
			case sameCode(beforeBody(a), beforeBody(b)):
				c.Bodies = append(c.Bodies, p.new.Name)
			default:
				c.Heads = append(c.Heads, p.new.Name)
			}
		}
		c.mark(p, from, to)
	}
	c.Outside = outside(old, fresh, from, to)
	return c
}

// Words in a heading that say where the function's code is put.
var (
	bootWords     = []string{"__init", "__exit", "__init_or_module", "__meminit"}
	untracedWords = []string{"noinstr", "notrace", "__cpuidle", "__entry", "__noinstr_section"}
)

// mark notes what the heading of a changed function says of where its code is.
func (c *Changes) mark(p both, from, to string) {
	f, text := p.new, to
	if f == nil {
		f, text = p.old, from
	}
	for _, t := range code(beforeBody(text[f.Start:f.End])) {
		if slices.Contains(bootWords, t.text) {
			c.Boot = append(c.Boot, f.Name)
		}
		if slices.Contains(untracedWords, t.text) {
			c.Untraced = append(c.Untraced, f.Name)
		}
	}
}

// beforeBody returns a function's heading.
func beforeBody(text string) string {
	head, _, _ := strings.Cut(text, "{")
	return head
}

// both is a function in two versions; nil where it is not there.
type both struct{ old, new *Function }

// matched pairs functions by their names, and those of one name by their order.
func matched(old, fresh []Function) []both {
	rest := make(map[string][]*Function)
	for i := range old {
		rest[old[i].Name] = append(rest[old[i].Name], &old[i])
	}
	var out []both
	for i := range fresh {
		p := both{new: &fresh[i]}
		if same := rest[p.new.Name]; len(same) > 0 {
			p.old, rest[p.new.Name] = same[0], same[1:]
		}
		out = append(out, p)
	}
	for i := range old {
		if slices.Contains(rest[old[i].Name], &old[i]) {
			out = append(out, both{old: &old[i]})
		}
	}
	return out
}

// outside returns the lines that a newer version adds outside functions, comments left out.
func outside(old, fresh []Function, from, to string) []string {
	a, b := rest(old, from), rest(fresh, to)
	var out []string
	for i, pair := range common(a, b) {
		if pair < 0 {
			out = append(out, b[i])
		}
	}
	return out
}

// rest returns a text's lines outside functions, without comments and with single blanks.
func rest(functions []Function, text string) []string {
	var lines []string
	var line strings.Builder
	at, next := -1, 0
	flush := func() {
		if line.Len() > 0 {
			lines = append(lines, line.String())
		}
		line.Reset()
	}
	for _, t := range code(text) {
		for next < len(functions) && functions[next].End <= t.at {
			next++
		}
		if next < len(functions) && functions[next].Start <= t.at {
			continue
		}
		if t.line != at {
			flush()
			at = t.line
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(t.text)
	}
	flush()
	return lines
}
