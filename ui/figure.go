// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// facts describes the figure of the whole patch: briefly on the first line, in more detail on the next two.
func (d *dashboardPane) facts() ([figureHeight]string, tone) {
	p := d.pic
	if p.Samples == 0 {
		return [figureHeight]string{"calls in flight in the whole patch: not known yet", "", ""}, toneNone
	}
	if p.moment.atZero() {
		return [figureHeight]string{p.zeroLine(d.safe), p.second(), p.third()}, toneGood
	}
	doubt := p.Sample.WhyDoubted()
	word, t := verdict(p.Sample.InFlight, doubt)
	if word == "zero" {
		word = d.safe + " ALL ZERO"
	}
	where := " in the whole patch"
	if p.receipted() && !d.big { // what follows on the line matters more
		where = ""
	}
	first := fmt.Sprintf("%s in flight%s: %s", session.Counted(int(p.Sample.InFlight), "call"), where, word)
	if doubt != "" {
		first = fmt.Sprintf("%s DOUBTFUL, %d counted: %s", d.doubt, p.Sample.InFlight, doubt)
	}
	if p.receipted() && doubt == "" && d.big { // the receipt has the place of the windows
		first += "; " + p.Sample.Windows.String()
	}
	return [figureHeight]string{first, d.zeroGauge() + p.second(), p.third()}, t
}

// zeroGauge draws the share of time at zero, where the line below says that share and has room.
func (d *dashboardPane) zeroGauge() string {
	w := d.pic.Sample.Windows
	if !d.wide() || !d.big || d.pic.receipted() || w.Watched == 0 || w.Count == 0 {
		return ""
	}
	return d.gauge(w.Share) + "  "
}

// second is the line below the first fact: that the new code runs, or the zero windows.
func (p *picture) second() string {
	if p.receipted() {
		return p.Receipt.Proof()
	}
	return p.Sample.Windows.String()
}

// third is the line below that: who was inside last, or what the arming has led to.
func (p *picture) third() string {
	if p.receipted() {
		return p.Receipt.Check()
	}
	return p.running() + p.outcome()
}

// outcome describes what the arming has led to.
func (p *picture) outcome() string {
	switch {
	case p.Armed.Time.IsZero(), p.SafePoints == 0 && p.Attempts == 0:
		return p.nextSafePoint()
	}
	return fmt.Sprintf("%s, %s; %s",
		session.Counted(p.SafePoints, "safe point"), session.Counted(p.Attempts, "attempt"), p.nextSafePoint())
}

// nextSafePoint says when the next safe point is expected. Why that is unknown stands in the line above, in figures;
// who has to leave first is said here.
func (p *picture) nextSafePoint() string {
	f := p.Sample.Expected()
	if f.Unknown == "" || f.Held != "" {
		return f.String()
	}
	return cmp.Or(f.Outside(), session.Forecast{}.String())
}

// bigFigure draws the calls in flight in large digits, with the facts beside them.
func (d *dashboardPane) bigFigure(facts [figureHeight]string, t tone) []string {
	lines := make([]string, figureHeight)
	text := "?" // a doubtful count is drawn so too: nobody can read it as a zero
	if d.pic.moment.atZero() {
		text = "0"
	} else if d.pic.Samples > 0 && d.pic.Sample.WhyDoubted() == "" {
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
			text = paint(t, d.styles, text)
		}
		lines[i] = strings.TrimRight("   "+paint(t, d.styles, fit(digits[i], wide, false, ""))+"  "+text, " ")
	}
	return lines
}

// beside says what follows the first fact where the figure is not large, in no tone: what matters most beside the
// count.
func (d *dashboardPane) beside() string {
	if d.pic.Samples == 0 || d.big || d.pic.moment.atZero() && !d.pic.receipted() {
		return ""
	}
	return d.pic.shortFact()
}

// paint draws text in the style of a tone.
func paint(t tone, st styles, text string) string {
	if paint := t.style(st); paint != nil {
		return paint(text)
	}
	return text
}

// detailLines are reserved below the list for the function under the cursor while the pane is zoomed.
const detailLines = 6

// details describes the function under the cursor in full.
func (d *dashboardPane) details() []string {
	r, ok := d.table.selected()
	i := slices.IndexFunc(d.pic.Sample.Functions, func(f session.FunctionSample) bool { return f.Name == r.id })
	if !ok || i < 0 {
		return nil
	}
	f := d.pic.Sample.Functions[i]
	name := f.Name
	if when := d.pic.sampleBeside(); when != "" {
		name += ", " + when
	}
	lines := []string{"", "  " + d.Bold.Render(name)}
	for _, line := range wrap(fmt.Sprintf("%d in flight, %d of them since before the watch; %d at most; "+
		"%d%% of the samples found none; %s since the watch began; %s missed; %s%s", f.Count, f.Before, f.Peak, f.ZeroShare,
		session.Counted(int(f.Calls), "call"), session.Counted(int(f.Missed), "probe run"), residence(f),
		longestStay(f)), d.width-4) {
		lines = append(lines, "  "+line)
	}
	if why := f.WhyDoubted(); why != "" {
		for _, line := range wrap(d.doubt+" "+why, d.width-4) {
			lines = append(lines, "  "+d.Warn.Render(line))
		}
	}
	return lines
}

// longestStay says how long the oldest call in flight has stayed, if that is known.
func longestStay(f session.FunctionSample) string {
	if f.LongestNow == 0 {
		return ""
	}
	return "; the longest now has stayed " + session.Span(f.LongestNow)
}

// residence says how long calls stay in the function.
func residence(f session.FunctionSample) string {
	if f.Timed == 0 {
		return "no call that was timed has ended"
	}
	return fmt.Sprintf("half of %s stayed no longer than %s, 99%% no longer than %s",
		session.Counted(int(f.Timed), "timed call"), session.Span(f.P50), session.Span(f.P99))
}
