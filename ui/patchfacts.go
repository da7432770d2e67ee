// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
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

// facts returns what the page says above the diff, what matters most first.
func (p *patchPage) facts() []textLine {
	f := factLines{width: p.room()}
	title := p.info.Title
	if p.about != nil {
		title = p.about.Title
	}
	for _, line := range wrap(strings.TrimSpace(p.info.Name+"  "+title), f.width) {
		f.lines = append(f.lines, textLine{text: line, kind: lineBold})
	}
	f.add("error", p.err, lineWarn)
	if p.about == nil {
		p.listed(&f)
		return f.lines
	}
	a := *p.about
	if a.Recorded {
		f.add("recorded", strings.TrimPrefix(p.info.Title, "recorded ")+": what is said of the kernel was so then", linePlain)
	}
	f.add("severity", severityText(a.Severity), linePlain)
	f.add("references", cmp.Or(strings.Join(a.References, " "), "none"), linePlain)
	for _, why := range a.Refusals {
		f.add("cannot", why, lineWarn)
	}
	kernel, kind := kernelText(a, p.running)
	f.add("kernel", kernel, kind)
	p.functions(&f, a)
	for _, why := range a.Uncounted {
		f.add("not counted", why, lineWarn)
	}
	if len(a.Stays) > 0 {
		f.add("stays", "its module stays loaded once it was applied: "+strings.Join(a.Stays, ", "), lineWarn)
	}
	p.origin(&f, a)
	f.add("shown by", p.info.Look, linePlain)
	f.lines = append(f.lines, textLine{})
	for _, line := range wrap(p.diffHead(a), f.width) {
		f.lines = append(f.lines, textLine{text: line, kind: lineBold})
	}
	return f.lines
}

// listed adds what the list of patches says already, while no more is known.
func (p *patchPage) listed(f *factLines) {
	f.add("severity", severityText(p.info.Severity), linePlain)
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

// severityText says how bad it is not to have a patch.
func severityText(severity string) string { return cmp.Or(severity, "unknown") }

// kernelText says for which kernel a patch is, and whether that is this one.
func kernelText(a session.About, running string) (string, lineKind) {
	runs := "runs"
	if a.Recorded {
		runs = "ran"
	}
	switch {
	case a.Kernel != running && running != "":
		return a.Kernel + ", which is not this one: " + running + " " + runs, lineWarn
	case a.BuildID == "":
		return a.Kernel + ", the release that " + runs + "; which build of it the patch does not say", linePlain
	case a.Running == "":
		return a.Kernel + ", build ID " + a.BuildID + "; whether that is the build that " + runs + " is unknown", lineWarn
	case a.BuildID != a.Running:
		return a.Kernel + ", but another build of it: build ID " + a.BuildID + ", and " + a.Running + " " + runs, lineWarn
	}
	return a.Kernel + ", the build that " + runs + " here: build ID " + a.BuildID, lineGood
}

// functions adds each function with the verdict on it.
func (p *patchPage) functions(f *factLines, a session.About) {
	label := "function"
	if len(a.Functions) > 1 {
		label = "functions"
	}
	for _, fn := range a.Functions {
		f.add(label, functionText(fn, p.info.Livepatch), functionKind(fn))
		label = ""
	}
	if p.info.Livepatch {
		f.add("engine", "the kernel's own livepatch", linePlain)
	}
}

// functionText says where a function is, whether it can be switched, and whether its calls can be counted.
func functionText(fn session.AboutFunction, livepatch bool) string {
	text := fn.Name
	switch {
	case fn.Object == "": // an older recording knows the name alone
		return text
	case fn.Object == "vmlinux":
		text += ": "
	default:
		text += " of module " + fn.Object + ": "
	}
	switch {
	case len(fn.Refusals) > 0:
		text += "cannot be switched: " + strings.Join(fn.Refusals, "; ")
	case fn.Replaced:
		text += "is replaced now"
	case livepatch:
		text += "not switched by SPOTOS"
	default:
		text += "can be switched"
	}
	if fn.Uncounted != "" {
		text += "; calls cannot be counted: " + fn.Uncounted
	} else if len(fn.Refusals) == 0 {
		text += ", calls can be counted"
	}
	if fn.Shared != "" {
		text += "; " + fn.Shared
	}
	return text
}

func functionKind(fn session.AboutFunction) lineKind {
	if len(fn.Refusals) > 0 || fn.Uncounted != "" || fn.Shared != "" {
		return lineWarn
	}
	return linePlain
}
