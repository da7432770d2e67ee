// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"syscall"
	"testing"
)

const (
	enter  = "\r"
	escape = "\x1b"
)

func ownTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}

func TestChooseArmApplyQuit(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.wait("NO PATCH IN HAND", "> no-oob")
	s.keys(enter)
	s.wait("[ WATCHING ]", "inet_recvmsg", "consumer", "Next: a arm")
	s.keys("a")
	s.wait("Arm no-oob on spotos-lab?", "[____]")
	s.keys("-oob")
	s.wait("[-oob]", "y: yes")
	s.keys("y")
	s.wait("[ APPLIED ]", "module: applied", "Next: v revert")
	s.keys("v")
	s.wait("Revert no-oob on spotos-lab?")
	s.keys(enter + "y")
	s.wait("[ REVERTED ]", "module: loaded")
	s.keys("q")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.restored()
	if got, want := s.asked(), "open no-oob\narm apply\narm revert\nclose\n"; got != want {
		t.Errorf("it was asked for\n%swant\n%s", got, want)
	}
}

func TestWrongLettersArmNothing(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("[ WATCHING ]")
	s.keys("a")
	s.wait("[____]")
	s.keys("-ooy")
	s.wait("[-ooy]", "That is not how it ends.")
	s.keys("y" + enter + "y")
	if got, want := s.asked(), "open no-oob\n"; got != want {
		t.Errorf("wrong letters: it was asked for %q, want %q", got, want)
	}
	s.keys("\x7f")
	s.wait("[-oo_]")
	s.keys("by")
	s.wait("[ APPLIED ]")
	if got, want := s.asked(), "open no-oob\narm apply\n"; got != want { // once, after the right ones
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestAnyOtherKeyIsNo(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("[ WATCHING ]")
	for _, no := range []string{"a-oob" + "n", "a-oob" + "a", "a-oo" + escape} {
		s.keys(no[:1])
		s.wait("Arm no-oob")
		s.keys(no[1:])
		s.wait("No: nothing was done.")
	}
	s.keys("a-oob" + enter)
	s.wait("[-oob]")
	s.keys("n")
	s.wait("No: nothing was done.")
	s.keys("q")
	s.end()
	if got, want := s.asked(), "open no-oob\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// armed brings a console to where the recording waits, armed, for an abort.
func armed(t *testing.T, w, h int, env ...string) *terminal {
	t.Helper()
	s := startTerminal(t, aborted, w, h, env...)
	s.wait("> pair")
	s.keys(enter)
	s.wait("[ WATCHING ]")
	s.keys("a")
	s.wait("[____]")
	s.keys("pairy")
	s.wait("module: armed", "Next: x abort")
	return s
}

func TestAbort(t *testing.T) {
	s := armed(t, 80, 24)
	s.keys("x")
	s.wait("Abort pair")
	s.keys("y")
	s.wait("aborted", "Nothing changed")
	s.keys("q")
	s.end()
	s.restored()
	if got, want := s.asked(), "open pair\narm apply\nabort\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestQuitAsksOnlyWhileArmed(t *testing.T) {
	s := armed(t, 80, 24)
	s.keys("q")
	s.wait("Quit? pair is armed")
	s.keys("n")
	s.wait("No: nothing was done.")
	s.keys("q")
	s.wait("Quit? pair is armed")
	s.keys("y")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.restored()
	if !strings.HasSuffix(s.asked(), "close\n") {
		t.Error("the operation was not closed")
	}
}

func TestEscapeNeverQuits(t *testing.T) {
	s := armed(t, 80, 24)
	for range 3 {
		s.keys("p")
		s.wait("PAUSED")
		s.keys(escape)
		s.waitUntil("the picture to go on", func() bool { return !strings.Contains(s.text(), "PAUSED") })
		s.keys("?")
		s.wait("Keys", "ctrl+l")
		s.keys(escape)
		s.wait("Functions")
	}
	if strings.Contains(s.asked(), "close") {
		t.Error("escape closed the operation")
	}
}

func TestNudgeErrorIsShown(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24)
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("[ WATCHING ]")
	s.keys("a")
	s.wait("[____]")
	s.keys("-ooby")
	s.wait("[ STUCK ]", "7 more are there", "Next: r retry")
	s.keys("n")
	s.wait("Nudge all of the 8 holders")
	s.keys("w")
	s.wait("Wake 8 holders on", "this arms it again", "y: yes")
	s.keys("y")
	s.wait("Error: nudging by signal: pid 711")
	s.keys("r")
	s.wait("again, on the same terms?")
	s.keys("y")
	s.wait("module: armed")
	s.keys("n")
	s.wait("Nudge all")
	s.keys("f")
	s.wait("Freeze the control groups of 8 holders")
	s.keys("y")
	s.wait("[ APPLIED ]")
	if got, want := s.asked(), "open no-oob\narm apply\nnudge signal 0\nretry\nnudge freeze 0\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestCopyGoesToTheTerminal(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("consumer")
	s.keys("3y")
	s.wait("clipboard")
	s.waitUntil("the clipboard's sequence", func() bool { return strings.Contains(s.output(), escape+"]52;c;") })
}

// What is pasted is no typing, in the list, in a question and in the filter.
func TestPasteIsNotTyped(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.wait("> no-oob")
	if !strings.Contains(s.output(), escape+"[?2004h") {
		t.Error("the terminal is not asked to mark what is pasted")
	}
	paste := func(text string) { s.press(escape + "[200~" + text + escape + "[201~") }
	paste("14q\r")
	s.keys(enter)
	s.wait("[ WATCHING ]", ">2 Functions")
	paste("3aq")
	s.keys("a")
	s.wait("Arm no-oob", "[____]")
	paste("-ooby")
	s.keys(escape)
	s.wait("No: nothing was done.", ">2 Functions")
	s.keys("q")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.restored()
	if got, want := s.asked(), "open no-oob\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

func TestSizes(t *testing.T) {
	s := armed(t, 80, 24)
	s.resize(120, 40)
	s.wait("1 Patches", "4 Log")
	s.resize(60, 16)
	s.wait("2 Functions", "ARMED")
	s.resize(40, 10)
	s.wait("Needs 60x16, has 40x10. q quits.")
	s.keys("q")
	s.wait("Quit? pair")
	s.keys("y")
	s.end()
	s.restored()
}

func TestNoSizeIsTheDefaultSize(t *testing.T) {
	s := startTerminal(t, easy, 0, 0)
	s.wait("> no-oob", "? help  q quit")
	if lines := strings.Split(strings.TrimRight(s.text(), "\n"), "\n"); !strings.Contains(lines[23], "q quit") {
		t.Errorf("the key line is not the 24th:\n%s", s.text())
	}
	s.keys("q")
	s.end()
}

func TestNoColor(t *testing.T) {
	for _, c := range []struct {
		env  string
		want bool
	}{{"NO_COLOR=no thanks", false}, {"NO_COLOR=", true}} {
		s := armed(t, 80, 24, c.env)
		if got := coloured(s.output()); got != c.want {
			t.Errorf("%s: coloured %v, want %v", c.env, got, c.want)
		}
	}
}
