// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// header is always in sight: where, which patch, its state, what that means, and what to press next.
func (m *Model) header() []string {
	lines := append([]string{m.titleBar(), m.stateLine()}, m.sentenceLines()...)
	return append(lines, m.nextLine())
}

func (m *Model) titleBar() string {
	left := m.look.Bold.Render("SPOTOS") + " " + m.look.Faint.Render("on") + " " + m.host()
	if m.caps.Kernel != "" {
		left += m.look.Faint.Render("  Linux " + m.caps.Kernel)
	}
	var badges []string
	if m.stale {
		badges = append(badges, m.look.BadBadge.Render(" NO NEW SAMPLE "))
	}
	if m.paused || m.position.Paused {
		badges = append(badges, m.look.WarnBadge.Render(" PAUSED "))
	}
	if m.readOnly() {
		badges = append(badges, m.look.Badge.Render(" READ-ONLY "))
	}
	right := strings.Join(badges, " ")
	room := m.width - ansi.StringWidth(right) - 1
	return fit(left, room, false, m.look.ellipsis) + " " + right
}

// stateLine says the patch in hand and its state in a word, in brackets so that it stands out uncoloured.
func (m *Model) stateLine() string {
	if m.live == nil {
		if m.opening != "" {
			return "Opening " + m.look.Bold.Render(m.opening)
		}
		return m.look.Badge.Render(phaseWord(session.PhaseNone))
	}
	p := m.live
	line := m.look.Bold.Render(p.patch) + "  " + badge(p.Phase, m.look.styles).Render(phaseWord(p.Phase))
	line += "  " + m.look.Faint.Render("module: ") + orWords(string(p.State), "not asked yet")
	switch {
	case p.Phase == session.PhaseStuck && p.armedNow():
		line += m.look.Faint.Render(", not trying")
	case p.armedNow() && p.Waited() > 0:
		line += m.look.Faint.Render(", for ") + session.Span(p.Waited())
	}
	if p.ended {
		line += m.look.Warn.Render("  (stream ended)")
	}
	return line
}

// sentenceLines are two, whatever there is to say: the panes below must not jump when the state changes.
func (m *Model) sentenceLines() []string {
	text := orWords(strings.Join(m.caps.Notes, " "), "Opening a patch loads its module and counts: that changes nothing.")
	if m.live != nil {
		text = m.live.sentence()
	}
	lines := wrap(text, m.width)
	return []string{lines[0], strings.Join(lines[1:], " ")}
}

// nextLine names the keys that make sense now, with what they do.
func (m *Model) nextLine() string {
	if m.dialog != nil {
		return m.pressLine("Answer:", m.dialog.Keys())
	}
	if m.player() != nil {
		return m.positionLine()
	}
	if m.live != nil && !m.live.ended && m.readOnly() {
		return m.look.Faint.Render("Next: ") + "watch; nothing can be changed from here"
	}
	keys := m.live.next(m.keys)
	if keys[0].Help() == m.keys.Arm.Help() && m.refused(m.live.patch) {
		return m.look.Faint.Render("Next: ") + "watch; it cannot be applied here: pane 1 says why"
	}
	if m.live == nil || m.live.ended {
		keys[0].SetHelp(keys[0].Help().Key+" in pane 1", "chooses a patch")
	}
	return m.pressLine("Next:", append(keys, m.lookKeys()...))
}

// refused tells whether a patch cannot be applied here.
func (m *Model) refused(patch string) bool {
	info, _ := m.patches.find(patch)
	return len(info.Refusals) > 0
}

// lookKeys is the key that leads to where it can be seen what the patch changed, once it has.
func (m *Model) lookKeys() []key.Binding {
	if m.live == nil || m.live.ended || !m.live.Phase.Settled() {
		return nil
	}
	info, _ := m.patches.find(m.live.patch)
	if info.Look == "" {
		return nil
	}
	shell := m.keys.Shell
	shell.SetHelp(shell.Help().Key, "a shell, to look: "+info.Look)
	return []key.Binding{shell}
}

func (m *Model) pressLine(label string, keys []key.Binding) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = m.look.Key.Render(k.Help().Key) + " " + k.Help().Desc
	}
	return m.look.Faint.Render(label) + " " + strings.Join(parts, "   ")
}

// summary stands in for the panes that another hides.
func (m *Model) summary() string {
	s := m.shown.Sample
	holders, total := m.shown.Inside()
	parts := make([]string, 0, len(s.Functions)+1)
	for _, f := range s.Functions {
		parts = append(parts, fmt.Sprintf("%s %d", f.Name, f.Count))
	}
	line := fmt.Sprintf("In flight %d: %s", s.InFlight, strings.Join(parts, ", "))
	if len(holders) > 0 {
		h := holders[0]
		line += fmt.Sprintf(". Held by %s/%d", h.Comm, h.PID)
		if total > 1 {
			line += fmt.Sprintf(" and %d more", total-1)
		}
	}
	return line
}
