// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// lettersAsked is how much of a patch's name is to be typed before it is armed.
const lettersAsked = 4

// lastLetters returns the end of a name.
func lastLetters(name string) string {
	runes := []rune(name)
	return string(runes[max(0, len(runes)-lettersAsked):])
}

func (m *Model) question(holds func(*picture) bool, yes func() tea.Cmd, lines ...string) *confirm {
	return &confirm{keys: m.keys, lines: lines, opened: m.opts.Now(), holds: holds, yes: yes}
}

func (m *Model) armQuestion() dialog {
	p := m.live
	c := m.question(
		func(p *picture) bool { return !p.armedNow() && p.kernel != session.StateApplied },
		func() tea.Cmd { return m.arm(session.Apply) },
		fmt.Sprintf("Arm %s on %s?", p.patch, m.host()),
		"At the next safe point all CPUs stop for an instant and "+replaced(p)+".",
		m.termsText())
	c.word = lastLetters(p.patch)
	return c
}

func replaced(p *picture) string {
	n := len(p.functions())
	if n == 1 {
		return p.functions()[0] + " is replaced"
	}
	return fmt.Sprintf("these %d functions are replaced together: %s", n, strings.Join(p.functions(), ", "))
}

// termsText says how it will be tried.
func (m *Model) termsText() string {
	s := "Until then nothing changes, and it can be aborted."
	if m.opts.Arm.Timeout > 0 {
		s += " It gives up after " + session.Span(m.opts.Arm.Timeout) + "."
	}
	if m.opts.Arm.Strategy == session.RetryStrategy {
		s += " Strategy: retry, blind attempts."
	}
	return s
}

func (m *Model) revertQuestion() dialog {
	return m.question(
		func(p *picture) bool { return p.kernel == session.StateApplied },
		func() tea.Cmd { return m.arm(session.Revert) },
		fmt.Sprintf("Revert %s on %s?", m.live.patch, m.host()),
		"At the next safe point all CPUs stop for an instant and the original functions run again.",
		"Until then the replacements run on, and it can be aborted.")
}

func (m *Model) abortQuestion() dialog {
	return m.question(
		func(p *picture) bool { return p.armedNow() },
		func() tea.Cmd {
			return m.askCmd("", session.Operation.Abort)
		},
		fmt.Sprintf("Abort %s on %s?", m.live.patch, m.host()),
		"The arming is taken back. Nothing has changed, and nothing will.")
}

func (m *Model) retryQuestion() dialog {
	return m.question(
		func(p *picture) bool { return p.phase == phaseStuck },
		func() tea.Cmd {
			m.arming = true
			return m.askCmd("", session.Operation.Retry)
		},
		fmt.Sprintf("Arm %s on %s again, on the same terms?", m.live.patch, m.host()),
		"It switches at the next safe point; until then nothing changes.")
}

func (m *Model) quitQuestion() dialog {
	return m.question(
		func(p *picture) bool { return m.armed() },
		func() tea.Cmd { return tea.Quit },
		fmt.Sprintf("Quit? %s is armed on %s.", m.live.patch, m.host()),
		"Quitting takes the arming back: nothing will be switched.")
}
