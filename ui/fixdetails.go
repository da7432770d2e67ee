// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"strings"

	"spotos/session"
)

// changes says what becomes of a function.
var changes = map[string]string{"body": "its body changes", "heading": "its parameters or attributes change",
	"new": "it is new", "gone": "it is gone"}

// addVerdict adds whether the fix can become a patch, of which functions, and whether it is used here.
func (x *fixesPane) addVerdict(f session.Fix, add func(label, text string)) {
	add("patch", judged(f))
	if len(f.Take) > 1 {
		add("takes", strings.Join(f.Take, ", "))
	}
	add("here", x.used(f))
}

// details describes the fix under the cursor in at most room lines.
func (x *fixesPane) details(room int) []string {
	f, _ := x.chosen()
	head := cmp.Or(f.File, "It is not known where this fix is.")
	if f.Function != "" {
		head += ": " + f.Function
	}
	lines := []string{cut("  "+x.Bold.Render(head)+"  "+x.Faint.Render(changes[f.Change]), x.table.width, x.ellipsis)}
	add := func(label, text string) {
		for _, line := range wrap(text, x.table.width-12) {
			lines = append(lines, "  "+x.Faint.Render(fit(label, 7, false, ""))+" "+line)
			label = ""
		}
	}
	first := min(1, len(f.Fixes))
	if f.Patch == session.FixRefused || f.File == "" { // why it cannot be built is what matters most
		first = 0
	}
	for _, t := range f.Fixes[:first] {
		add("fix", fixText(t))
	}
	x.addVerdict(f, add)
	for _, t := range f.Fixes[first:] {
		add("fix", fixText(t))
	}
	if len(lines) > room && room > 0 {
		more := "  " + x.ellipsis + " " + session.Counted(len(lines)-room+1, "line") + " more: " +
			x.keys.Copy.Help().Key + " copies all"
		lines = append(lines[:room-1], x.Faint.Render(more))
	}
	return lines
}

// whole returns all that is known of a fix, a line each, and what came of building it.
func (x *fixesPane) whole(f session.Fix) []string {
	lines := []string{"patch: " + judged(f), "used here: " + x.used(f)}
	if len(f.Take) > 0 {
		lines = append(lines, "takes: "+strings.Join(f.Take, ", "))
	}
	for _, t := range f.Fixes {
		lines = append(lines, "fix: "+fixText(t))
	}
	if x.reports() && x.job.over {
		lines = append(lines, x.job.outcome)
	}
	return lines
}

// fixText says what the changelog has of a fix, and how sure its place is.
func fixText(t session.FixTitle) string {
	text := t.Title
	if len(t.CVEs) > 0 {
		text += " (" + strings.Join(t.CVEs, ", ") + ")"
	}
	text += ", in " + t.Version
	if t.Guessed {
		text += "; that it is about this function is only guessed from words"
	}
	return text
}

// judged says whether the fix can become a patch, and if not why.
func judged(f session.Fix) string {
	switch {
	case f.Patch == session.FixRefused || f.File == "":
		return "cannot be built: " + f.Why
	case f.Why != "":
		return string(f.Patch) + ": " + f.Why
	}
	return string(f.Patch)
}

// used says what the fix is compiled into, and whether this machine uses that.
func (x *fixesPane) used(f session.Fix) string {
	text := x.use(f).text
	switch text {
	case "called":
		text = "called since the watch began"
	case "not called":
		text = "not called since the watch began"
	case "not built":
		return "this kernel was built without it"
	case string(session.UseUnknown):
		text = "not known whether it is used"
	}
	if len(f.Parts) > 0 {
		text += ": " + strings.Join(f.Parts, ", ")
	}
	if !x.list.Running {
		text += "; " + x.list.Kernel + " is not the kernel that runs"
	}
	return text
}
