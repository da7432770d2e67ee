// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"strings"

	"spotos/session"
)

// lines draws the job in at most room lines: what it does, with its clock, and the latest steps; or what came of it.
func (j *job) lines(sk skin, keys KeyMap, width, room int) []string {
	if j.over {
		return wrapped(j.outcome, j.tone.style(sk.styles), width, room)
	}
	esc := keys.Back.Help().Key + " cancels."
	if j.cancelled {
		esc = "Cancelling: what was begun is taken away."
	}
	head := "  " + sk.Bold.Render(j.what) + ", for " + sk.Bold.Render(minutes(j.now.Sub(j.began))) + ".  " + esc
	lines := []string{cut(head, width, sk.ellipsis)}
	steps := j.steps[max(0, len(j.steps)-max(0, room-1)):]
	for i, s := range steps {
		mark := "  "
		if i == len(steps)-1 {
			mark = sk.Key.Render(">") + " "
		}
		lines = append(lines, cut("  "+mark+minutes(s.at)+"  "+s.text, width, sk.ellipsis))
	}
	if part := j.partText(); part != "" {
		lines = append(lines, "          "+part)
	}
	return lines[:min(len(lines), room)]
}

// partText says how much of a download has come.
func (j *job) partText() string {
	const mega = 1e6
	switch p := j.part; {
	case p.Done == 0:
		return ""
	case p.Total == 0:
		return fmt.Sprintf("%.0f MB so far", float64(p.Done)/mega)
	default:
		return fmt.Sprintf("%.0f of %.0f MB, %d%%", float64(p.Done)/mega, float64(p.Total)/mega, 100*p.Done/p.Total)
	}
}

// wrapped breaks a text into at most room lines with a margin.
func wrapped(text string, style styleOf, width, room int) []string {
	var lines []string
	for _, line := range wrap(text, width-4) {
		if style != nil {
			line = style(line)
		}
		lines = append(lines, "  "+line)
	}
	return lines[:min(len(lines), room)]
}

// notesText joins what a person should know of a patch that was built.
func notesText(notes []string) string {
	var b strings.Builder
	for _, n := range notes {
		b.WriteString(" " + upperFirst(withPeriod(cmp.Or(session.Plain(n), "-"))))
	}
	return b.String()
}
