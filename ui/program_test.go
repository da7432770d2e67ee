// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
)

const (
	enter  = "\r"
	escape = "\x1b"
	take   = enter + enter // shows the patch under the cursor, and takes it in hand
)

func TestChooseArmApplyQuit(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("NO PATCH CHOSEN", "> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]", "inet_recvmsg", "consumer", "Next: a arm")
	s.Keys("a")
	s.Wait("Arm no-oob on spotos-lab?", "[____]")
	s.Keys("-oob")
	s.Wait("[-oob]", "y: yes")
	s.Keys("y")
	s.Wait("[ APPLIED ]", "NEW CODE", "kernel: applied", "v revert")
	s.Keys("v")
	s.Wait("Revert no-oob on spotos-lab?")
	s.Keys(enter + "y")
	s.Wait("[ REVERTED ]", "kernel: loaded")
	s.Keys("q")
	s.EndsWell()
	if got, want := s.requests(), "open no-oob\narm apply\narm revert\nclose\n"; got != want {
		t.Errorf("it was asked for\n%swant\n%s", got, want)
	}
}

func TestWrongLettersArmNothing(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("a")
	s.Wait("[____]")
	s.Keys("-ooy")
	s.Wait("[-ooy]", "That is not how it ends.")
	s.Keys("y" + enter + "y")
	if got, want := s.requests(), "open no-oob\n"; got != want {
		t.Errorf("wrong letters: it was asked for %q, want %q", got, want)
	}
	s.Keys("\x7f")
	s.Wait("[-oo_]")
	s.Keys("by")
	s.Wait("[ APPLIED ]")
	if got, want := s.requests(), "open no-oob\narm apply\n"; got != want { // once, after the right ones
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestAnyOtherKeyIsNo(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	for _, no := range []string{"a-oob" + "n", "a-oob" + "a", "a-oo" + escape} {
		s.Keys(no[:1])
		s.Wait("Arm no-oob")
		s.Keys(no[1:])
		s.Wait("No: nothing was done.")
	}
	s.Keys("a-oob" + enter)
	s.Wait("[-oob]")
	s.Keys("n")
	s.Wait("No: nothing was done.")
	s.Keys("q")
	s.End()
	if got, want := s.requests(), "open no-oob\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// armed brings a console to the point where the recording is armed and waits for an abort.
func armed(t *testing.T, w, h int, env ...string) *terminal {
	t.Helper()
	s := startTerminal(t, aborted, w, h, env...)
	s.Wait("> pair")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("a")
	s.Wait("[____]")
	s.Keys("pairy")
	s.Wait("kernel: armed", "Next: n nudge: wake sh", "x abort")
	return s
}

func TestAbort(t *testing.T) {
	s := armed(t, 80, 24)
	s.Keys("x")
	s.Wait("Abort pair")
	s.Keys("y")
	s.Wait("aborted", "Nothing changed")
	s.Keys("q")
	s.End()
	s.Restored()
	if got, want := s.requests(), "open pair\narm apply\nabort\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestQuitAsksOnlyWhileArmed(t *testing.T) {
	s := armed(t, 80, 24)
	s.Keys("q")
	s.Wait("Quit? pair is armed")
	s.Keys("n")
	s.Wait("No: nothing was done.")
	s.Keys("q")
	s.Wait("Quit? pair is armed")
	s.Keys("y")
	s.EndsWell()
	if !strings.HasSuffix(s.requests(), "close\n") {
		t.Error("the operation was not closed")
	}
}

func TestEscapeNeverQuits(t *testing.T) {
	s := armed(t, 80, 24)
	for range 3 {
		s.Keys("p")
		s.Wait("PAUSED")
		s.Keys(escape)
		s.WaitUntil("the picture to go on", func() bool { return !strings.Contains(s.Text(), "PAUSED") })
		s.Keys("?")
		s.Wait("Keys", "Here: ")
		s.Keys(escape)
		s.Wait("Functions")
	}
	if strings.Contains(s.requests(), "close") {
		t.Error("escape closed the operation")
	}
}

func TestNudgeErrorIsShown(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("a")
	s.Wait("[____]")
	s.Keys("-ooby")
	s.Wait("[ STUCK ]", "8 holders: ", "Next: n nudge")
	s.Keys("n")
	s.Wait("Nudge all of the 8 holders")
	s.Keys("w")
	s.Wait("Wake 8 holders on", "this arms it again", "y: yes")
	s.Keys("y")
	s.Wait("Error: nudging by signal: pid 711")
	s.Keys("r")
	s.Wait("again, on the same terms?")
	s.Keys("y")
	s.Wait("kernel: armed")
	s.Keys("n")
	s.Wait("Nudge all")
	s.Keys("f")
	s.Wait("Freeze the control groups of 8 holders")
	s.Keys("y")
	s.Wait("[ APPLIED ]")
	if got, want := s.requests(), "open no-oob\narm apply\nnudge signal 0\nretry\nnudge freeze 0\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestCopyGoesToTheTerminal(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("consumer")
	s.Keys("3y")
	s.Wait("clipboard")
	s.copies()
}

// Pasted text does not count as typed: not in the list, and not in a question.
func TestPasteIsNotTyped(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	if !strings.Contains(s.Output(), escape+"[?2004h") {
		t.Error("the terminal is not asked to mark pasted text")
	}
	paste := func(text string) { s.press(escape + "[200~" + text + escape + "[201~") }
	paste("14q\r")
	s.Keys(take)
	s.Wait("[ WATCHING ]", ">2 Functions")
	paste("3aq")
	s.Keys("a")
	s.Wait("Arm no-oob", "[____]")
	paste("-ooby")
	s.Keys(escape)
	s.Wait("No: nothing was done.", ">2 Functions")
	s.Keys("q")
	s.EndsWell()
	if got, want := s.requests(), "open no-oob\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// Where a line is typed, a paste goes into it: the first line of the paste, as plain text. It is never
// entered by that.
func TestPasteInTheFilter(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24)
	s.Wait("> no-oob")
	s.Keys("/")
	s.Wait("Filter: enter keep")
	s.press(escape + "[200~ no-\toob \r\nq\r" + escape + "[201~")
	s.Wait("/no- oob", `0 of 1, filter "no- oob"`, "Filter: enter keep")
	s.Keys(escape)
	s.Wait("? help")
	s.Keys("/")
	s.Wait("Filter: enter keep")
	s.press(escape + "[200~oob" + escape + "[201~")
	s.Wait(`1 of 1, filter "oob"`, "> no-oob")
	s.Keys(enter + "q")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestSizes(t *testing.T) {
	s := armed(t, 80, 24)
	s.Resize(120, 40)
	s.Wait("1 Patches", "4 Log")
	s.Resize(60, 16)
	s.Wait("2 Functions", "ARMED")
	s.Resize(40, 10)
	s.Wait("Needs 60x16, has 40x10. q quits.")
	s.Keys("q")
	s.Wait("Quit? pair")
	s.Keys("y")
	s.End()
	s.Restored()
}

func TestSizeZeroMeansTheDefaultSize(t *testing.T) {
	s := startTerminal(t, easy, 0, 0)
	s.Wait("> no-oob", "? help  q quit")
	if lines := strings.Split(strings.TrimRight(s.Text(), "\n"), "\n"); !strings.Contains(lines[23], "q quit") {
		t.Errorf("the key line is not the 24th:\n%s", s.Text())
	}
	s.Keys("q")
	s.End()
}

func TestNoColor(t *testing.T) {
	for _, c := range []struct {
		env  string
		want bool
	}{{"NO_COLOR=no thanks", false}, {"NO_COLOR=", true}} {
		s := armed(t, 80, 24, c.env)
		if got := coloured(s.Output()); got != c.want {
			t.Errorf("%s: coloured %v, want %v", c.env, got, c.want)
		}
	}
}
