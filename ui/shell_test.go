// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// bash returns an environment with a bash that has the same prompt on every machine.
func bash(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bash")
	if err := os.WriteFile(file, []byte("#!/bin/sh\nexec bash --norc \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"SHELL=" + file, "PS1=to look> "}
}

// atShell returns an armed console whose operator is in the shell.
func atShell(t *testing.T) *terminal {
	t.Helper()
	s := armed(t, 80, 24, bash(t)...)
	return s.press("!", "to look>")
}

// A signal to the console ends the shell too: nothing may stay armed behind it.
func TestSignalsEndTheShell(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		s := atShell(t)
		if err := s.Cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := s.End(); code != 1 {
			t.Errorf("%v: exit code %d", sig, code)
		}
		s.Restored()
		if !strings.HasSuffix(s.requests(), "close\n") {
			t.Errorf("%v: the operation was not closed", sig)
		}
	}
}

// A killed shell cannot give the terminal back; the console takes it.
func TestConsoleComesBackFromAKilledShell(t *testing.T) {
	s := atShell(t)
	s.press("kill -9 $$\n", "Back from the shell.", "kernel: armed")
	s.press("?", "esc goes back")
}

// A panic while the shell has the terminal.
func TestPanicDuringTheShell(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, append(bash(t), childReplay+"=1")...)
	s.Wait("> no-oob")
	s.press(take, "event 1 of").press("p", "PAUSED").press("p")
	s.lacks("PAUSED")
	s.press("!", "to look>")
	s.plant("signal waiter")
	if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.endsWithPanic("signal waiter")
}
