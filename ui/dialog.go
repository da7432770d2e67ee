// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// answerDelay is how long after a question appears keys are not taken for its answer: they were typed before
// it could be read.
const answerDelay = 300 * time.Millisecond

// dialog is a question. While it stands it gets every key but the one that redraws.
type dialog interface {
	// Key returns what to do, and whether the question is answered.
	Key(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool)
	// Lines are the question, without its frame.
	Lines(l skin) []string
	// Keys are the answers it takes now.
	Keys() []key.Binding
	// Opened is when it appeared.
	Opened() time.Time
	// Holds tells whether what it asks still makes sense.
	Valid(p *picture) bool
}

func (m *Model) dialogKey(msg tea.KeyPressMsg) tea.Cmd {
	if m.opts.Now().Sub(m.dialog.Opened()) < answerDelay {
		return nil
	}
	if msg.String() == "ctrl+c" {
		m.dialog = nil
		m.inform("No: nothing was done.")
		return nil
	}
	asked := m.dialog
	cmd, done := asked.Key(msg)
	if done && m.dialog == asked {
		m.dialog = nil
		if cmd == nil {
			m.inform("No: nothing was done.")
		}
	}
	return cmd
}

// confirm is a question whose answer is no unless it is told yes in so many keys: the letters of word, if
// there is one, and then y. Enter is no answer.
type confirm struct {
	keys  KeyMap
	lines []string
	// freezes: yes brings nudges by freezing; plan says what they would reach now, and there is no yes before that.
	freezes bool
	plan    []string
	letters string // the letters to type first
	typed   string
	opened  time.Time
	valid   func(*picture) bool
	yes     func() tea.Cmd
}

func (c *confirm) Opened() time.Time     { return c.opened }
func (c *confirm) Valid(p *picture) bool { return c.valid(p) }

// lettersDone tells whether all letters are there, right or wrong.
func (c *confirm) lettersDone() bool {
	return utf8.RuneCountInString(c.typed) >= utf8.RuneCountInString(c.letters)
}

// looking tells whether it is still being found out what yes would do.
func (c *confirm) planPending() bool { return c.freezes && c.plan == nil }

func (c *confirm) Key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, c.keys.Back):
		return nil, true
	case key.Matches(msg, c.keys.Enter):
		return nil, false
	case key.Matches(msg, c.keys.Erase):
		if _, size := utf8.DecodeLastRuneInString(c.typed); size > 0 {
			c.typed = c.typed[:len(c.typed)-size]
		}
		return nil, false
	case !c.lettersDone():
		if text := msg.Key().Text; utf8.RuneCountInString(text) == 1 {
			c.typed += text
		}
		return nil, false
	case c.typed != c.letters, c.planPending(): // only erasing, leaving or waiting helps
		return nil, false
	case key.Matches(msg, c.keys.Yes):
		return c.yes(), true
	}
	return nil, true
}

func (c *confirm) Keys() []key.Binding {
	no := c.keys.Back
	no.SetHelp(no.Help().Key, "no")
	switch {
	case c.typed != c.letters:
		return []key.Binding{no, c.keys.Erase}
	case c.planPending():
		return []key.Binding{no}
	}
	return []key.Binding{c.keys.Yes, no}
}

func (c *confirm) Lines(l skin) []string {
	lines := slices.Concat(c.lines, c.plan)
	lines[0] = l.Bold.Render(lines[0])
	yes, no := c.keys.Yes.Help().Key+": yes", c.keys.Back.Help().Key+": no"
	const looking = "Looking who would be frozen."
	switch {
	case c.letters == "" && c.planPending():
		return append(lines, looking+"   "+no)
	case c.letters == "":
		return append(lines, l.Bold.Render(yes+"   any other key: no   ("+c.keys.Enter.Help().Key+" does nothing)"))
	}
	blanks := utf8.RuneCountInString(c.letters) - utf8.RuneCountInString(c.typed)
	slot := "[" + c.typed + strings.Repeat("_", max(0, blanks)) + "]"
	switch {
	case !c.lettersDone():
		slot += "  " + no
	case c.typed != c.letters:
		slot += "  " + l.Bad.Render("That is not how it ends.") + "  " + c.keys.Erase.Help().Key + ", or " + no
	case c.planPending():
		slot += "  " + looking + "  " + no
	default:
		slot += "  " + l.Bold.Render(yes+"   any other key: no")
	}
	return append(lines, "Type the last letters of its name: "+slot)
}
