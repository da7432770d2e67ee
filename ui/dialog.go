// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// answerDelay is how long a new question ignores keys: they were typed before the operator could read it.
const answerDelay = 300 * time.Millisecond

// dialog is a question on the screen. While it is open it receives every key except the one that redraws.
type dialog interface {
	// Key handles one key. done reports whether the question is answered; cmd carries out the answer and may be nil.
	Key(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool)
	// Lines returns the question, without its frame.
	Lines(sk skin) []string
	// Keys returns the answers that are possible now.
	Keys() []key.Binding
	// Opened returns when the question appeared.
	Opened() time.Time
	// Valid reports whether the question still makes sense with the picture p.
	Valid(p *picture) bool
}

// dialogKey hands a key to the open question and closes the question once it is answered.
func (m *Model) dialogKey(msg tea.KeyPressMsg) tea.Cmd {
	if m.opts.Now().Sub(m.dialog.Opened()) < answerDelay {
		return nil
	}
	if msg.String() == "ctrl+c" {
		m.dialog = nil
		m.answer("No: nothing was done.")
		return nil
	}
	asked := m.dialog
	cmd, done := asked.Key(msg)
	if done && m.dialog == asked {
		m.dialog = nil
		if cmd == nil {
			m.answer("No: nothing was done.")
		}
	}
	return cmd
}

// confirm is a yes-or-no question. Only y means yes, and where letters is set they must be typed first. Enter does
// nothing; any other key means no.
type confirm struct {
	keys  KeyMap
	lines []string
	// nudge is how yes lets the holders be nudged; "": not at all. plan then says what that would do now; until it is
	// known, yes is not accepted.
	nudge   string
	plan    []string
	letters string // to be typed before y; "": none
	typed   string
	opened  time.Time
	valid   func(*picture) bool // see dialog.Valid
	aside   bool                // it is not about the patch in hand: valid is handed nil too
	yes     func() tea.Cmd      // called once, on yes
	does    string              // what yes does, in a few words
	verb    string              // the same in two, where letters are to be typed before
}

func (c *confirm) Opened() time.Time     { return c.opened }
func (c *confirm) Valid(p *picture) bool { return c.valid(p) }

// lettersDone reports whether as many letters are typed as are needed, right or wrong.
func (c *confirm) lettersDone() bool {
	return utf8.RuneCountInString(c.typed) >= utf8.RuneCountInString(c.letters)
}

// planPending reports whether it is not known yet what the nudges would do.
func (c *confirm) planPending() bool { return c.nudge != "" && c.plan == nil }

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
	case c.typed != c.letters, c.planPending(): // the operator can only erase, leave or wait
		return nil, false
	case key.Matches(msg, c.keys.Yes):
		return c.yes(), true
	}
	return nil, true
}

func (c *confirm) Keys() []key.Binding {
	no := todo(c.keys.Back, "no")
	switch {
	case c.lettersDone() && c.typed != c.letters:
		return keysOf(todo(c.keys.Erase, "erase: that is not how its name ends"), no)
	case c.typed != c.letters:
		return keysOf(todo(bind("type "+c.letters, "", c.letters), c.lettersAre()), no)
	case c.planPending():
		return keysOf(noKey("wait: it finds out who would be nudged"), no)
	}
	return keysOf(todo(c.keys.Yes, c.does), no)
}

// lettersAre says what has to be typed, and what follows then.
func (c *confirm) lettersAre() string {
	return fmt.Sprintf("the last %d characters of its name: then %s %s", utf8.RuneCountInString(c.letters),
		c.keys.Yes.Help().Key, c.verb)
}

func (c *confirm) Lines(sk skin) []string {
	lines := slices.Concat(c.lines, c.plan)
	lines[0] = sk.Bold.Render(lines[0])
	yes, no := c.keys.Yes.Help().Key+": yes", c.keys.Back.Help().Key+": no"
	const pending = "Finding out who would be nudged."
	switch {
	case c.letters == "" && c.planPending():
		return append(lines, pending+"   "+no)
	case c.letters == "":
		return append(lines, sk.Bold.Render(yes+"   any other key: no   ("+c.keys.Enter.Help().Key+" does nothing)"))
	}
	blanks := utf8.RuneCountInString(c.letters) - utf8.RuneCountInString(c.typed)
	slot := "[" + c.typed + strings.Repeat("_", max(0, blanks)) + "]"
	switch {
	case !c.lettersDone():
		slot += "  then " + c.keys.Yes.Help().Key + "  " + no
	case c.typed != c.letters:
		slot += "  " + sk.Bad.Render("That is not how it ends.") + "  " + c.keys.Erase.Help().Key + ", or " + no
	case c.planPending():
		slot += "  " + pending + "  " + no
	default:
		slot += "  " + sk.Bold.Render(yes+"   any other key: no")
	}
	ask := fmt.Sprintf("Type the last %d characters of its name: ", utf8.RuneCountInString(c.letters))
	return append(lines, ask+slot)
}
