// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// CutResult is the difference of two versions of a file, restricted to some functions.
type CutResult struct {
	Text    string   // the older version with the newer one's text of these functions
	Taken   []string // the functions, in their order
	Left    []string // other functions that differ, are new or are gone; they stay as they are
	Outside []string // lines that the newer version adds outside functions; they are not taken over
	Needs   []string // names that the taken functions use and that Left or Outside define, or define in another way
}

// Cut takes the changes of the named functions over from a newer version of a file. A function that only one version
// has is added or removed. The error joins a *Refusal for each name that it cannot serve.
func Cut(file, from, to string, names []string) (*CutResult, error) {
	c := &cutting{file: file, from: from, to: to, old: Functions(from), new: Functions(to),
		taken: make(map[string]bool)}
	var refusals []error
	for _, name := range names {
		if r := c.choose(name); r != nil {
			refusals = append(refusals, r)
		}
	}
	if len(refusals) > 0 {
		return nil, errors.Join(refusals...)
	}
	if r := c.replace(); r != nil {
		return nil, r
	}
	out := &CutResult{Text: c.apply()}
	for _, ch := range c.changes {
		out.Taken = append(out.Taken, ch.name)
	}
	all := Compare(from, to)
	for _, name := range slices.Concat(all.Bodies, all.Heads, all.New, all.Gone) {
		if !c.taken[name] {
			out.Left = append(out.Left, name)
		}
	}
	out.Outside = all.Outside
	out.Needs = c.needs(slices.Concat(all.New, all.Heads), all.Outside)
	return out, nil
}

// change is one function to take over.
type change struct {
	name     string
	old, new *Function // nil: not there
}

// cutting is one run of Cut.
type cutting struct {
	file     string
	from, to string
	old, new []Function
	changes  []change
	taken    map[string]bool
	edits    []edit
}

// edit replaces a part of the older text.
type edit struct {
	start, end int
	text       string
}

// choose finds the function of a name in both versions.
func (c *cutting) choose(name string) *Refusal {
	refuse := func(kind Kind, do, why string, args ...any) *Refusal {
		return &Refusal{Kind: kind, File: c.file, Why: name + " " + fmt.Sprintf(why, args...), Do: do}
	}
	var sides [2][]*Function
	for i, all := range [][]Function{c.old, c.new} {
		for j := range all {
			f := &all[j]
			if !f.Is(name) {
				continue
			}
			if f.Doubt != "" {
				return refuse(Doubtful, "give the fix as a diff", "in line %d of the %s version: its bounds are "+
					"not certain: %s", f.Line, []string{"older", "newer"}[i], f.Doubt)
			}
			sides[i] = append(sides[i], f)
		}
	}
	old, fresh := sides[0], sides[1]
	switch {
	case len(old)+len(fresh) == 0:
		return refuse(NoFunction, "without naming functions, the whole file's difference is taken",
			"is no function of either version")
	case len(old) != len(fresh) && max(len(old), len(fresh)) > 1:
		return refuse(Ambiguous, "give the fix as a diff", "is defined more than once, and not equally often: %d in "+
			"the older version, %d in the newer one", len(old), len(fresh))
	case !c.add(old, fresh):
		return refuse(Unchanged, "leave it out", "is the same in both versions")
	}
	return nil
}

// add takes the functions of one name over, those of one file in their order: a conditional may choose between them. It
// returns false if they are the same in both versions.
func (c *cutting) add(old, fresh []*Function) bool {
	name := slices.Concat(old, fresh)[0].Name
	differ := c.taken[name]
	for i := range max(len(old), len(fresh)) {
		ch := change{name: name}
		if i < len(old) {
			ch.old = old[i]
		}
		if i < len(fresh) {
			ch.new = fresh[i]
		}
		same := ch.old != nil && ch.new != nil && c.from[ch.old.Start:ch.old.End] == c.to[ch.new.Start:ch.new.End]
		if !same && !c.taken[name] {
			c.changes = append(c.changes, ch)
			differ = true
		}
	}
	c.taken[name] = c.taken[name] || differ
	return differ
}

// replace makes the edits.
func (c *cutting) replace() *Refusal {
	slices.SortStableFunc(c.changes, func(a, b change) int { return c.order(a) - c.order(b) })
	for _, ch := range c.changes {
		switch {
		case ch.old != nil && ch.new != nil:
			c.edits = append(c.edits, edit{ch.old.Start, ch.old.End, c.to[ch.new.Start:ch.new.End]})
		case ch.old != nil:
			end := ch.old.End
			for end < len(c.from) && c.from[end] == '\n' && end < ch.old.End+2 {
				end++
			}
			c.edits = append(c.edits, edit{start: ch.old.Start, end: end})
		default:
			e, ok := c.insertion(ch.new)
			if !ok {
				return &Refusal{Kind: Doubtful, File: c.file, Why: "there is no certain place for the new function " +
					ch.name, Do: "give the fix as a diff"}
			}
			c.edits = append(c.edits, e)
		}
	}
	return nil
}

// order is where a change stands in the newer version, or in the older one if it is gone there.
func (c *cutting) order(ch change) int { return cmp.Or(ch.new, ch.old).Start }

// apply returns the older text with the edits.
func (c *cutting) apply() string {
	slices.SortStableFunc(c.edits, func(a, b edit) int { return a.start - b.start })
	var out strings.Builder
	at := 0
	for _, e := range c.edits {
		if e.start < at { // a new function behind one that is replaced
			out.WriteString(e.text)
			continue
		}
		out.WriteString(c.from[at:e.start] + e.text)
		at = e.end
	}
	return out.String() + c.from[at:]
}
