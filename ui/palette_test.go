// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// An action of the palette does what its key does, and asks where its key asks.
func TestPaletteDoesWhatTheKeysDo(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	press(m, ":")
	for _, r := range m.palette.all {
		m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		calls.Reset()
		byKey, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		press(m, ":")
		m.palette.to(r.id)
		press(m, "enter")
		byKey.Update(pressOf(r.id))
		if got, want := m.View().Content, byKey.View().Content; got != want {
			t.Errorf("%s by the palette shows\n%s\nand by its key\n%s", r.id, ansi.Strip(got), ansi.Strip(want))
		}
		if calls.Len() > 0 {
			t.Errorf("%s requested %q", r.id, calls)
		}
	}
}

// What is typed into the palette filters it, and no letter of it is a key.
func TestPaletteFilters(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	press(m, append([]string{":"}, typed("quit (a")...)...)
	if got := len(m.palette.rows); got != 1 {
		t.Errorf("%d actions are left, want 1", got)
	}
	press(m, "x", "enter")
	if m.dialog != nil || !strings.Contains(m.notice.text, "no such action") {
		t.Errorf("it says %q", m.notice.text)
	}
}

func TestPageInAWholeProgram(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.Keys(enter)
	s.Wait(">1 Patch no-oob", "No diff: this recording is older", "Next: enter play it")
	s.Keys("*older")
	s.Wait("*older", "1 of 1")
	s.Keys(enter)
	s.Wait("older: 1 of 1.", "* next  # before")
	s.Keys(escape)
	s.WaitUntil("the search to end", func() bool { return !strings.Contains(s.Text(), "1 of 1") })
	s.Keys(":")
	s.Wait("Actions", "arm, not now: No patch chosen")
	s.Keys("watch g")
	s.Wait(":watch g", "Actions 1 of")
	s.Keys(escape)
	s.Wait(">1 Patch no-oob")
	s.Keys(enter)
	s.Wait("[ WATCHING ]", ">2 Functions")
	s.Keys(":revert")
	s.Wait("revert, not now")
	s.Keys(enter)
	s.Wait("It is not applied: there is nothing to revert.")
	s.Keys(":arm: the" + enter)
	s.Wait("Arm no-oob on spotos-lab?")
	s.Keys("-ooby")
	s.Wait("[ APPLIED ]")
	s.Keys("q")
	s.EndsWell()
	if got, want := s.requests(), "open no-oob\narm apply\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// The diff at a terminal: gone to, searched, wrapped and moved sideways. Nothing in it reaches the terminal as it is.
func TestDiffAtATerminal(t *testing.T) {
	s := startTerminal(t, easy, 80, 24, childAbout+"=1")
	s.Wait("> no-oob")
	s.Keys(enter)
	s.Wait("A length that is read twice", "the build that runs here: build ID", "Next: enter open it")
	s.press("d", "Diff: 2 files, 4 lines added, 3 removed")
	s.press("/MEMCPY", "*MEMCPY", "1 of 2")
	s.press(enter, "memcpy: 1 of 2.", "> -       memcpy(pair->room, call->data, call->length);")
	s.press("*", "memcpy: 2 of 2.").press("*", "memcpy: 1 of 2.").press("#", "memcpy: 2 of 2.")
	s.press("w", "ideways */").press("w").press("\x1b[C", "from column 17")
	s.press(escape, "d diff  * search").press(escape, "> no-oob")
	s.Keys("q")
	s.EndsWell()
	if strings.Contains(s.Output(), "\u202e") {
		t.Error("the diff reached the terminal as it is")
	}
}
