// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// facts says the figure of the whole patch in words: short on the first line, more on the next two.
func (d *dashboardPane) facts() ([figureHeight]string, tone) {
	p := d.pic
	if p.Samples == 0 {
		return [figureHeight]string{"calls in flight in the whole patch: not known yet", "", ""}, toneNone
	}
	doubt := p.Sample.WhyDoubted()
	word, t := verdict(p.Sample.InFlight, doubt)
	if word == "zero" {
		word = d.safe + " ALL ZERO"
	}
	first := fmt.Sprintf("%s in flight in the whole patch: %s", session.Counted(int(p.Sample.InFlight), "call"), word)
	if doubt != "" {
		first = fmt.Sprintf("%s DOUBTFUL, %d counted: %s", d.doubt, p.Sample.InFlight, doubt)
	}
	return [figureHeight]string{first, p.Sample.Windows.String(), p.tries()}, t
}

// tries says what came of the arming. A switch is a safe point in itself, whoever saw it first.
func (p *picture) tries() string {
	switch {
	case p.Phase == session.PhaseApplied && !p.Switched.Time.IsZero(), p.Phase == session.PhaseReverted:
		return fmt.Sprintf("switched at a safe point, by attempt %d", p.Switched.Attempts)
	case p.Armed.Time.IsZero(), p.SafePoints == 0 && p.Attempts == 0:
		return p.comes()
	}
	return fmt.Sprintf("%s, %s; %s", session.Counted(p.SafePoints, "safe point"), session.Counted(p.Attempts, "attempt"), p.comes())
}

// comes says when the next safe point comes. Why that is not known stands in the line above, in figures.
func (p *picture) comes() string {
	if f := p.Sample.Forecast; f.Unknown == "" {
		return f.String()
	}
	return session.Forecast{}.String()
}

func (d *dashboardPane) bigFigure(facts [figureHeight]string, t tone) []string {
	lines := make([]string, figureHeight)
	text := "?" // also where it is doubtful: nobody can take that for a zero
	if d.pic.Samples > 0 && d.pic.Sample.WhyDoubted() == "" {
		text = strconv.FormatInt(d.pic.Sample.InFlight, 10)
	}
	digits := d.figure(text)
	wide := 0
	for _, line := range digits {
		wide = max(wide, ansi.StringWidth(line))
	}
	room := max(0, d.width-wide-5)
	for i := range lines {
		text := strings.TrimRight(fit(facts[i], room, false, d.ellipsis), " ")
		if i == 0 {
			text = tonePaint(t, d.styles, text)
		}
		lines[i] = strings.TrimRight("   "+tonePaint(t, d.styles, fit(digits[i], wide, false, ""))+"  "+text, " ")
	}
	return lines
}

func tonePaint(t tone, st styles, text string) string {
	if paint := t.style(st); paint != nil {
		return paint(text)
	}
	return text
}

// detailLines are kept for the function under the cursor when zoomed.
const detailLines = 6

// details says in full what a row has no room for.
func (d *dashboardPane) details() []string {
	r, ok := d.table.selected()
	i := slices.IndexFunc(d.pic.Sample.Functions, func(f session.FunctionSample) bool { return f.Name == r.id })
	if !ok || i < 0 {
		return nil
	}
	f := d.pic.Sample.Functions[i]
	lines := []string{"", "  " + d.Bold.Render(f.Name)}
	for _, line := range wrap(fmt.Sprintf("%d in flight, %d of them since before the watch; %d at most; "+
		"%d calls since the watch began; %s missed; %s%s", f.Count, f.Before, f.Peak, f.Calls,
		session.Counted(int(f.Missed), "probe run"), residence(f), stays(f)), d.width-4) {
		lines = append(lines, "  "+line)
	}
	if why := f.WhyDoubted(); why != "" {
		for _, line := range wrap(d.doubt+" "+why, d.width-4) {
			lines = append(lines, "  "+d.Warn.Render(line))
		}
	}
	return lines
}

// stays says how long the oldest call in flight has stayed, where that was seen.
func stays(f session.FunctionSample) string {
	if f.LongestNow == 0 {
		return ""
	}
	return "; the longest now has stayed " + session.Span(f.LongestNow)
}

// residence says how long calls stay.
func residence(f session.FunctionSample) string {
	if f.Timed == 0 {
		return "no call that was timed has ended"
	}
	return fmt.Sprintf("half of %s stayed no longer than %s, 99%% no longer than %s", session.Counted(int(f.Timed), "timed call"),
		session.Span(f.P50), session.Span(f.P99))
}

// soon says in a few words when the next safe point can be expected, where there is no room for more.
func (p *picture) soon() string {
	if p.Sample.WhyDoubted() != "" {
		return ""
	}
	return ", " + p.Sample.Forecast.Short()
}
