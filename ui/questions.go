// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// letterCount is how many characters of a patch's name must be typed before it is armed.
const letterCount = 4

// lastLetters returns the last letterCount characters of a name.
func lastLetters(name string) string {
	runes := []rune(name)
	return string(runes[max(0, len(runes)-letterCount):])
}

// question returns a question; yes returns the command of the answer yes, which does what does says, and valid is
// dialog.Valid.
func (m *Model) question(does string, valid func(*picture) bool, yes func() tea.Cmd, lines ...string) *confirm {
	return &confirm{keys: m.keys, lines: lines, opened: m.opts.Now(), yes: yes, does: does,
		valid: func(p *picture) bool { return !p.ended && valid(p) }}
}

// armingQuestion returns a question whose yes arms on the terms of Options.Arm. What that does to the holders stands
// near the top: a small screen cuts the middle of a long question.
func (m *Model) armingQuestion(does string, valid func(*picture) bool, yes func() tea.Cmd,
	lines ...string) *confirm {
	c := m.question(does, valid, yes, slices.Insert(lines, 1, m.nudgeTerms()...)...)
	c.nudge = m.opts.Arm.Settled().Nudge
	return c
}

func (m *Model) armQuestion() dialog {
	p := m.live
	c := m.armingQuestion("arm it: it switches when nobody is inside",
		func(p *picture) bool { return !p.armedNow() && p.State != session.StateApplied },
		func() tea.Cmd { return m.arm(session.Apply) },
		slices.Concat([]string{fmt.Sprintf("Arm %s on %s?", p.patch, m.host()),
			"At the next safe point " + m.allCPUs() + " stop for an instant and " + replaced(p) + "."}, ownCalls(p),
			[]string{m.termsText("Until then nothing changes, and it can be aborted.")})...)
	c.lines = slices.Insert(c.lines, 1, m.whatLine(p.patch))
	c.letters, c.verb = lastLetters(p.patch), "arms it"
	return c
}

// whatLine repeats what a patch is, in one line of the question: how bad it is not to have it, what it is known by, and
// its title, of which the end is cut.
func (m *Model) whatLine(patch string) string {
	info, ok := m.patches.find(patch)
	if !ok {
		return "The catalogue has no " + patch + " any more: what it is, is not known."
	}
	room, text := m.width-4, ""
	for named := min(2, len(info.References)); named >= 0; named-- { // fewer, where the title would have no room
		text = "Severity " + session.SeverityText(info.Severity)
		if named > 0 {
			text += "; " + strings.Join(info.References[:named], ", ") + session.AndMore(named, len(info.References))
		}
		text += ": "
		if ansi.StringWidth(text)+min(titleRoom, ansi.StringWidth(info.Title)) <= room {
			break
		}
	}
	return cut(text+info.Title, room, m.skin.ellipsis)
}

// titleRoom is how many columns of a title a question shows at least.
const titleRoom = 14

// ownCalls warns of functions that SPOTOS itself calls, as far as calls were counted by program: a replacement that
// refuses may lock it out.
func ownCalls(p *picture) []string {
	own := p.Sample.Programs.Own()
	if len(own) == 0 {
		return nil
	}
	return []string{"SPOTOS itself calls " + strings.Join(own, ", ") + ": with a replacement that refuses it may be " +
		"unable to revert."}
}

// allCPUs says which CPUs an attempt stops.
func (m *Model) allCPUs() string {
	if m.caps.SetAside == "" {
		return "all CPUs"
	}
	return "all CPUs, also those set aside (" + m.caps.SetAside + "),"
}

// functionsNamed is how many functions a question names: the operator must be able to read all of it.
const functionsNamed = 4

// replaced says which functions are replaced.
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

// termsText says on which terms the kernel tries to switch. until says what holds meanwhile.
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

// nudgeTerms says what arming does to the holders; nil if nothing.
func (m *Model) nudgeTerms() []string {
	switch m.opts.Arm.Settled().Nudge {
	case session.NudgeAuto:
		text := "If no safe point is likely within " + session.Span(m.opts.Arm.Patience) +
			", the holders are woken, as if by a signal."
		if outside := m.live.Sample.Expected().Outside(); outside != "" {
			text += " Left alone, " + outside + "."
		}
		return []string{text}
	case session.NudgeSignal:
		return []string{"Nudging by signal: the holders are woken, again and again."}
	case session.NudgeFreeze:
		return []string{"Nudging by freeze: the control groups of the holders are frozen, for at most 2 s each time."}
	}
	return nil
}

// dialogPlanCmd finds out what the nudges would do that the question d is about. It returns nil if it is about none.
func (m *Model) dialogPlanCmd(d dialog) tea.Cmd {
	switch q := d.(type) {
	case *nudgeChooser:
		return m.planCmd(d, session.NudgeSignal, q.pid())
	case *confirm:
		if q.nudge == "" {
			return nil
		}
		return m.planCmd(d, q.nudge, 0)
	}
	return nil
}

func (m *Model) revertQuestion() dialog {
	return m.armingQuestion("revert: it switches back when nobody is inside",
		func(p *picture) bool { return p.State == session.StateApplied },
		func() tea.Cmd { return m.arm(session.Revert) },
		fmt.Sprintf("Revert %s on %s?", m.live.patch, m.host()),
		"At the next safe point "+m.allCPUs()+" stop for an instant and the original functions run again.",
		m.termsText("Until then the replacements run on, and it can be aborted."))
}

func (m *Model) abortQuestion() dialog {
	return m.question("abort: take the arming back; "+m.live.stays(),
		func(p *picture) bool { return p.armedNow() },
		func() tea.Cmd {
			return m.requestCmd("", session.Operation.Abort)
		},
		fmt.Sprintf("Abort %s on %s?", m.live.patch, m.host()), m.abortText())
}

// abortText says what an abort does.
func (m *Model) abortText() string {
	if who := m.live.ByOther(); who != "" {
		return "It was armed by " + who + ", which is asked to take that back. Nothing has changed, and nothing will."
	}
	return "The arming is taken back. Nothing has changed, and nothing will."
}

func (m *Model) retryQuestion() dialog {
	return m.armingQuestion("arm it again",
		func(p *picture) bool { return p.Phase == session.PhaseStuck },
		func() tea.Cmd {
			m.askToArm()
			return m.requestCmd("", session.Operation.Retry)
		},
		fmt.Sprintf("Arm %s on %s again, on the same terms?", m.live.patch, m.host()),
		m.termsText("It switches at the next safe point; until then nothing changes."))
}

func (m *Model) quitQuestion() dialog {
	if !m.armed() {
		c := m.aside("quit, and cancel that", func() tea.Cmd { return tea.Quit }, "Quit? "+m.job.what+" is under way.",
			"Quitting cancels it: no patch is made, and nothing half made is left.")
		c.valid = func(*picture) bool { return m.job.builds() }
		return c
	}
	return m.question("quit, and take the arming back",
		func(p *picture) bool { return m.armed() },
		func() tea.Cmd { return tea.Quit },
		fmt.Sprintf("Quit? %s is armed on %s.", m.live.patch, m.host()),
		"Quitting takes the arming back: nothing will be switched.")
}
