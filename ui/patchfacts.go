// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"

	"spotos/session"
)

// factLines are the facts on a page, wrapped to its width.
type factLines struct {
	width int
	lines []textLine
}

// labelWidth is how many columns a label has.
const labelWidth = 11

// add appends a fact with its label, if there is one.
func (f *factLines) add(label, text string, kind lineKind) {
	if text == "" {
		return
	}
	for _, line := range wrap(text, f.width-labelWidth-1) {
		f.lines = append(f.lines, textLine{fit(label, labelWidth, false, "") + " " + line, kind, labelWidth})
		label = ""
	}
}

// addBold appends a heading.
func (f *factLines) addBold(text string) {
	for _, line := range wrap(text, f.width) {
		f.lines = append(f.lines, textLine{text: line, kind: lineBold})
	}
}

// briefLabels are the facts that matter before a patch is opened.
var briefLabels = []string{"recorded", "severity", "references", "cannot", "kernel", "function", "functions", "engine",
	"not counted", "stays"}

// facts returns what the page says above the diff, what matters most first. brief: only those of briefLabels.
func (p *patchPage) facts(brief bool) []textLine {
	f := factLines{width: p.room()}
	title := p.info.Title
	if p.about != nil {
		title = p.about.Title
	}
	f.addBold(strings.TrimSpace(p.info.Name + "  " + title))
	f.add("error", p.err, lineWarn)
	if p.about == nil {
		p.listed(&f)
		return f.lines
	}
	kinds := map[session.Grade]lineKind{session.GradeGood: lineGood, session.GradeWarn: lineWarn}
	left := false // the fact before, which one without a label goes on with
	for _, fact := range p.about.Facts(p.info, p.running) {
		if fact.Label != "" {
			left = brief && !slices.Contains(briefLabels, fact.Label)
		}
		if !left {
			f.add(fact.Label, fact.Text, kinds[fact.Grade])
		}
	}
	f.lines = append(f.lines, textLine{})
	if why := p.about.WhyNoDiff(); why != "" {
		f.addBold(why)
	} else {
		f.addBold("Diff: " + p.stat.String())
	}
	return f.lines
}

// listed adds what the list of patches says already, while no more is known.
func (p *patchPage) listed(f *factLines) {
	f.add("severity", session.SeverityText(p.info.Severity), linePlain)
	f.add("references", strings.Join(p.info.References, " "), linePlain)
	for _, why := range p.info.Refusals {
		f.add("cannot", why, lineWarn)
	}
	f.add("functions", strings.Join(p.info.Functions, " "), linePlain)
	f.add("file", p.info.File, linePlain)
	if p.err == "" {
		f.lines = append(f.lines, textLine{}, textLine{text: "Reading the file, and asking the kernel."})
	}
}
