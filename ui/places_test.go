// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"
)

// The places at which keys are tried. Each is a console at a terminal of its own.

// watchingStuck watches a patch that becomes stuck once it is armed.
func watchingStuck(t *testing.T) *terminal {
	s := startTerminal(t, stuck, 80, 24, childExports+"="+t.TempDir(), "SHELL=/bin/sh", "PS1=to look> ")
	s.Wait("> no-oob")
	s.press(take, "[ WATCHING ]")
	return s
}

// stuckArmed has a stuck patch.
func stuckArmed(t *testing.T) *terminal {
	s := watchingStuck(t)
	s.press("a", "[____]").press("-oob", "y: yes").press("y", "[ STUCK ]")
	return s
}

// appliedEasy has an applied patch.
func appliedEasy(t *testing.T) *terminal {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.press(take, "[ WATCHING ]").press("a", "[____]").press("-oob", "y: yes").press("y", "[ APPLIED ]")
	return s
}

// atStart is paused at the start of a recording.
func atStart(t *testing.T) *terminal {
	s := startTerminal(t, stuck, 120, 40, childReplay+"=1")
	s.Wait("> no-oob")
	return s.press(take, "event 1 of")
}

// played is paused in the middle of it.
func played(t *testing.T) *terminal {
	return atStart(t).press("]]]", "[ STUCK ]", "event 26 of") // armed, attempt, stuck
}

// atHolders is there a little earlier, when the holders stand one by one, with their list focused.
func atHolders(t *testing.T) *terminal {
	s := atStart(t).press("]]", "[ ARMED ]")
	s.press("3", ">3 Holders").WaitUntil("each holder once, and the cursor", func() bool { // a picture comes in pieces
		rows := s.rows()
		for i := range 8 {
			if strings.Count(rows, fmt.Sprintf("consumer/%d ", i)) != 1 {
				return false
			}
		}
		return strings.HasPrefix(rows, "> ")
	})
	return s
}

// fixesThere is a console that can list fixes.
func fixesThere(t *testing.T) *terminal {
	s := startTerminal(t, easy, 120, 40, childFixes+"=here")
	s.Wait("> no-oob")
	return s
}
