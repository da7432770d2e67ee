// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"spotos/session"
)

// fixRank is lower the more a fix matters.
func fixRank(f session.Fix) int {
	rank := 0
	for _, less := range []bool{f.Patch == session.FixRefused || f.File == "",
		f.Here == session.UseNo || f.Here == session.UseNotLoaded, len(cves(f)) == 0, onlyGuessed(f), len(f.Fixes) == 0} {
		rank *= 2
		if less {
			rank++
		}
	}
	return rank
}

// onlyGuessed reports whether it is only guessed which fixes a change belongs to.
func onlyGuessed(f session.Fix) bool {
	return !slices.ContainsFunc(f.Fixes, func(t session.FixTitle) bool { return !t.Guessed })
}

// cves returns the CVEs that are put down to a fix.
func cves(f session.Fix) []string {
	var all []string
	for _, t := range f.Fixes {
		all = append(all, t.CVEs...)
	}
	return all
}

// row builds the row of one fix.
func (x *fixesPane) row(id string, f session.Fix) row {
	named := cves(f)
	cve, title := "", ""
	if len(named) > 0 {
		cve = named[0]
	}
	if len(named) > 1 {
		cve += "+"
	}
	use, verdict := x.use(f), x.verdict(f)
	words := []string{nameOf(f), use.text, verdict.text, f.Why, f.File}
	for i, t := range f.Fixes {
		if i == 0 {
			title = t.Title
			if t.Guessed {
				title = x.doubt + " " + title
			}
		}
		words = append(words, t.String())
	}
	if len(f.Fixes) > 1 {
		title += fmt.Sprintf(" (+%d)", len(f.Fixes)-1)
	}
	return row{id: id, find: strings.ToLower(strings.Join(words, " ")), cells: []cell{
		{text: nameOf(f)}, use, verdict, {text: cve}, {text: f.File}, {text: title}}}
}

// nameOf returns what a fix is called in the list: a function, a file in brackets, or that it is not known.
func nameOf(f session.Fix) string {
	if f.File == "" {
		return "(place not known)"
	}
	return cmp.Or(f.Function, "("+path.Base(f.File)+")")
}

// use says whether this machine uses what the fix is in: in the order in which that matters.
func (x *fixesPane) use(f session.Fix) cell {
	if called, watched := x.called[f.Function]; watched && f.Here != session.UseNo && f.Here != session.UseNotLoaded {
		if called {
			return cell{text: "called", style: x.Warn.Render}
		}
		return cell{text: "not called", order: 4}
	}
	switch f.Here {
	case session.UseLoaded:
		return cell{text: string(f.Here), order: 1}
	case session.UseBuiltIn:
		return cell{text: string(f.Here), order: 2}
	case session.UseNotLoaded:
		return cell{text: string(f.Here), order: 5, style: x.Faint.Render}
	case session.UseNo:
		return cell{text: "not built", order: 6, style: x.Faint.Render}
	}
	return cell{text: string(session.UseUnknown), order: 3}
}

// verdict says whether the fix can become a patch.
func (x *fixesPane) verdict(f session.Fix) cell {
	if f.File == "" {
		return cell{text: "unknown", order: 3, style: x.Faint.Render}
	}
	switch f.Patch {
	case session.FixLikely:
		return cell{text: string(f.Patch), style: x.Good.Render}
	case session.FixDoubtful:
		return cell{text: string(f.Patch), order: 1, style: x.Warn.Render}
	}
	return cell{text: string(f.Patch), order: 2, style: x.Faint.Render}
}
