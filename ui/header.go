// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// header returns the lines that are always in sight: the host, the patch, its state, what the state means, and which
// key to press next.
func (m *Model) header() []string {
	lines := append([]string{m.titleBar(), m.stateLine()}, m.sentenceLines()...)
	return append(lines, m.nextLine())
}

// titleBar returns the host and kernel on the left, the badges on the right.
func (m *Model) titleBar() string {
	left := m.skin.Bold.Render("SPOTOS") + " " + m.skin.Faint.Render("on") + " " + m.host()
	if m.caps.Kernel != "" {
		left += m.skin.Faint.Render("  Linux " + m.caps.Kernel)
	}
	var badges []string
	if m.stale {
		badges = append(badges, m.skin.BadBadge.Render(" NO NEW SAMPLE "))
	}
	if m.paused || m.position.Paused {
		badges = append(badges, m.skin.WarnBadge.Render(" PAUSED "))
	}
	if m.readOnly() {
		badges = append(badges, m.skin.Badge.Render(" READ-ONLY "))
	}
	right := strings.Join(badges, " ")
	room := m.width - ansi.StringWidth(right) - 1
	return fit(left, room, false, m.skin.ellipsis) + " " + right
}

// stateLine returns the patch in hand, which code its functions run, and its state in a word: both at a place that
// depends on the patch's name alone. Brackets make the state stand out without colour.
func (m *Model) stateLine() string {
	if m.live == nil {
		if m.opening != "" {
			return m.openingLine()
		}
		return m.skin.Badge.Render(phaseWord(session.PhaseNone))
	}
	p := m.live
	name := cut(p.patch, m.width-besideName, m.skin.ellipsis)
	line := m.skin.Bold.Render(name) + "  " + m.codeSign() + badge(p.Phase, m.skin.styles).Render(phaseWord(p.Phase))
	line += "  " + m.skin.Faint.Render("kernel: ") + cmp.Or(string(p.State), "not asked yet")
	switch {
	case p.ByOther() != "":
		line += m.skin.Faint.Render(" by ") + p.ByOther()
	case p.Phase == session.PhaseStuck && p.armedNow():
		line += m.skin.Faint.Render(", no longer trying")
	case p.armedNow() && p.Waited() > 0:
		line += m.skin.Faint.Render(", for ") + session.Span(p.Waited())
		line += m.deadline(m.width - ansi.StringWidth(line))
	}
	if p.ended {
		line += m.skin.Warn.Render("  (stream ended)")
	}
	return line
}

// besideName is how many columns the code and the longest state have beside a patch's name.
const besideName = 46

// codeSign says which code the functions run now, so wide that what follows never moves; "" where there is no patch.
func (m *Model) codeSign() string {
	code := m.live.Code()
	if code == session.CodeNone {
		return ""
	}
	if m.live.ended || m.stale { // it is not read any more
		code = session.CodeUnknown
	}
	sign := " " + string(code) + " "
	style := m.skin.Badge
	switch code {
	case session.CodeNew:
		style = m.skin.GoodBadge
	case session.CodeUnknown:
		style = m.skin.WarnBadge
	}
	return style.Render(sign) + strings.Repeat(" ", len(session.CodeUnknown)+4-len(sign))
}

// deadline draws how much time is left until an arming is given up, where room columns suffice for that.
func (m *Model) deadline(room int) string {
	share, ok := m.live.untilDeadline()
	text := "  " + m.skin.gauge(share) + m.skin.Faint.Render(" until it gives up")
	if ok && ansi.StringWidth(text) <= room {
		return text
	}
	return ""
}

// sentenceLines always returns two lines: the panes below must not jump when the state changes.
func (m *Model) sentenceLines() []string {
	text := cmp.Or(strings.Join(m.caps.Notes, " "),
		"Opening a patch loads its module and counts: that changes nothing.")
	if m.live != nil {
		text = cmp.Or(m.armingStep(), m.live.sentence())
	} else {
		text = cmp.Or(m.openingStep(), text)
	}
	lines := wrap(text, m.width)
	return []string{lines[0], strings.Join(lines[1:], " ")}
}

// refused reports whether a patch cannot be applied here.
func (m *Model) refused(patch string) bool {
	info, _ := m.patches.find(patch)
	return len(info.Refusals) > 0
}

// summary returns one line that replaces the panes hidden by another.
func (m *Model) summary() string {
	s, begin := m.shown.Sample, "In flight"
	if when := m.shown.sampleBeside(); when != "" {
		begin += ", " + when + ":"
	}
	holders, total := m.shown.Inside()
	parts := make([]string, 0, len(s.Functions)+1)
	marked := func(count int64, why string) string {
		if why == "" {
			return strconv.FormatInt(count, 10)
		}
		return strconv.FormatInt(count, 10) + m.skin.doubt
	}
	for _, f := range s.Functions {
		parts = append(parts, f.Name+" "+marked(f.Count, f.WhyDoubted()))
	}
	line := fmt.Sprintf("%s %s: %s", begin, marked(s.InFlight, s.WhyDoubted()), strings.Join(parts, ", "))
	if len(holders) > 0 {
		line += fmt.Sprintf(". %s: %s/%d", session.Counted(total, "holder"), holders[0].Comm, holders[0].PID)
		if total > 1 {
			line += " the longest"
		}
	}
	return line
}
