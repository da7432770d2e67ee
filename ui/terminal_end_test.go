// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"time"

	"github.com/charmbracelet/x/term"
)

// await looks until nothing is wrong any more: at what does not show on the screen.
func (s *terminal) await(what string, look func() error) {
	s.t.Helper()
	for end := time.Now().Add(patience()); ; time.Sleep(20 * time.Millisecond) {
		err := look()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("waiting for %s: %v; the screen shows\n%s", what, err, s.text())
		}
	}
}

// end waits for the console to exit and returns its exit code.
func (s *terminal) end() int {
	s.t.Helper()
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(patience()):
		s.t.Fatalf("the console does not end: the screen shows\n%s", s.text())
	}
	return -1
}

// asked returns what the operation was asked for.
func (s *terminal) asked() string {
	s.t.Helper()
	data, err := os.ReadFile(s.calls)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// restored checks that the terminal is as it was: its modes, its screen, its cursor.
func (s *terminal) restored() {
	s.t.Helper()
	after, err := term.GetState(s.slave.Fd())
	if err != nil {
		s.t.Fatal(err)
	}
	if *after != *s.before {
		s.t.Error("the terminal's modes are not what they were")
	}
	s.waitUntil("the alternate screen to be left", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.screen.IsAltScreen() && !s.screen.CursorHidden()
	})
}
