// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
)

// From choosing to reverting on terminals with fewer abilities. The console writes nothing that they cannot show.
func TestOtherTerminals(t *testing.T) {
	for _, c := range []struct {
		name, env      string
		coloured, utf8 bool
	}{
		{"vt220", "TERM=vt220", false, true},
		{"vt100", "TERM=vt100", false, true},
		{"kernel console", "TERM=linux", true, true},
		{"screen", "TERM=screen", true, true},
		{"no TERM", "TERM=", true, true},
		{"no locale", "LANG=C", true, false},
		{"Latin-9", "LC_ALL=de_DE@euro", true, false},
		{"NO_COLOR", "NO_COLOR=1", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startTerminal(t, easy, 80, 24, c.env)
			s.Wait("> no-oob")
			s.press(take, "[ WATCHING ]").press("a", "[____]").press("-oob", "y: yes").press("y", "[ APPLIED ]")
			s.press("?", "esc goes back").press(escape, "4 Log").press("v", "Revert no-oob").press("y", "[ REVERTED ]")
			s.press("q")
			s.EndsWell()
			out := s.Output()
			if coloured(out) != c.coloured {
				t.Errorf("coloured %v, want %v", !c.coloured, c.coloured)
			}
			if utf8 := strings.ContainsFunc(out, func(r rune) bool { return r > 126 }); utf8 != c.utf8 {
				t.Errorf("characters beyond ASCII %v, want %v", utf8, c.utf8)
			}
			if strings.Contains(out, "38;2;") || strings.Contains(out, "38;5;") {
				t.Error("colours beyond the sixteen")
			}
		})
	}
}

// Each question stays open, and can be answered, while the terminal changes its size.
func TestSizeChangesDuringEachQuestion(t *testing.T) {
	for _, c := range []struct {
		place    func(*testing.T) *terminal
		keys     string
		question string
	}{
		{watchingStuck, "a", "Arm no-oob on"}, {stuckArmed, "x", "Abort no-oob on"}, {stuckArmed, "r", "Arm no-oob on"},
		{stuckArmed, "n", "Nudge all of"}, {stuckArmed, "nf", "Freeze the control"}, {stuckArmed, "q", "Quit? no-oob"},
		{appliedEasy, "v", "Revert no-oob on"},
	} {
		t.Run(c.question, func(t *testing.T) {
			s := c.place(t)
			s.Keys(c.keys)
			s.Wait(c.question)
			s.Resize(120, 40)
			s.Wait(c.question, "1 Patches")
			s.Resize(60, 16)
			s.Wait(c.question)
			s.lacks("1 Patches")
			s.Resize(80, 24)
			s.Wait(c.question)
			s.press(escape, "No: nothing was done.")
		})
	}
}
