// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
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

// armingQuestion is one whose yes arms on the terms that the console was started with. What that does to the holders
// stands near the top: on a small screen the middle of a long question is cut.
func (m *Model) armingQuestion(holds func(*picture) bool, yes func() tea.Cmd, lines ...string) *confirm {
	c := m.question(holds, yes, slices.Insert(lines, 1, m.nudgeTerms()...)...)
	c.freezes = m.opts.Arm.Nudge == session.NudgeFreeze
	return c
}

func (m *Model) armQuestion() dialog {
	p := m.live
	c := m.armingQuestion(
		func(p *picture) bool { return !p.armedNow() && p.State != session.StateApplied },
		func() tea.Cmd { return m.arm(session.Apply) },
		fmt.Sprintf("Arm %s on %s?", p.patch, m.host()),
		"At the next safe point all CPUs stop for an instant and "+replaced(p)+".",
		m.termsText("Until then nothing changes, and it can be aborted."))
	c.word = lastLetters(p.patch)
	return c
}

// functionsNamed is how many functions a question names: it has to be read whole.
const functionsNamed = 4

func replaced(p *picture) string {
	names := p.functions()
	n := len(names)
	if n == 1 {
		return names[0] + " is replaced"
	}
	list := strings.Join(names[:min(n, functionsNamed)], ", ")
	if n > functionsNamed {
		list += fmt.Sprintf(" and %d more", n-functionsNamed)
	}
	return fmt.Sprintf("these %d functions are replaced together: %s", n, list)
}

// termsText says how it will be tried. until says what is the case meanwhile.
func (m *Model) termsText(until string) string {
	s := until
	if m.opts.Arm.Timeout > 0 {
		s += " It gives up after " + session.Span(m.opts.Arm.Timeout) + "."
	}
	if m.opts.Arm.Strategy == session.RetryStrategy {
		s += " Strategy: retry, blind attempts."
	}
	return s
}

// nudgeTerms say what arming does to the holders, if anything.
func (m *Model) nudgeTerms() []string {
	switch m.opts.Arm.Nudge {
	case session.NudgeSignal:
		return []string{"Nudging by signal: the holders are woken, again and again."}
	case session.NudgeFreeze:
		return []string{"Nudging by freeze: the control groups of the holders are frozen, for at most 2 s each time."}
	}
	return nil
}

// foreseen asks what nudging by freeze would reach, where arming brings it, for the question d.
func (m *Model) foreseen(d dialog) tea.Cmd {
	if c, ok := d.(*confirm); ok && c.freezes {
		return m.planCmd(d, 0)
	}
	return nil
}

func (m *Model) revertQuestion() dialog {
	return m.armingQuestion(
		func(p *picture) bool { return p.State == session.StateApplied },
		func() tea.Cmd { return m.arm(session.Revert) },
		fmt.Sprintf("Revert %s on %s?", m.live.patch, m.host()),
		"At the next safe point all CPUs stop for an instant and the original functions run again.",
		m.termsText("Until then the replacements run on, and it can be aborted."))
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
	return m.armingQuestion(
		func(p *picture) bool { return p.Phase == session.PhaseStuck },
		func() tea.Cmd {
			m.arming = true
			return m.askCmd("", session.Operation.Retry)
		},
		fmt.Sprintf("Arm %s on %s again, on the same terms?", m.live.patch, m.host()),
		m.termsText("It switches at the next safe point; until then nothing changes."))
}

func (m *Model) quitQuestion() dialog {
	return m.question(
		func(p *picture) bool { return m.armed() },
		func() tea.Cmd { return tea.Quit },
		fmt.Sprintf("Quit? %s is armed on %s.", m.live.patch, m.host()),
		"Quitting takes the arming back: nothing will be switched.")
}
