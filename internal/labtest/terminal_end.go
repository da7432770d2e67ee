// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"time"

	"github.com/charmbracelet/x/term"
)

// Await waits until look finds nothing wrong any more, at what does not show on the screen.
func (s *Terminal) Await(what string, look func() error) {
	s.TB.Helper()
	if err := within(s.Patience, look); err != nil {
		s.TB.Fatalf("waiting for %s: %v; the screen shows\n%s", what, err, s.Text())
	}
}

// End waits for the program to exit and returns its exit code.
func (s *Terminal) End() int {
	s.TB.Helper()
	select {
	case <-s.exited:
		return s.Cmd.ProcessState.ExitCode()
	case <-time.After(s.Patience):
		s.TB.Fatalf("the program does not end: the screen shows\n%s", s.Text())
	}
	return -1
}

// EndsWell waits for the program to exit and checks its exit code, 0, and that it has restored the terminal.
func (s *Terminal) EndsWell() {
	s.TB.Helper()
	if code := s.End(); code != 0 {
		s.TB.Errorf("exit code %d", code)
	}
	s.Restored()
}

// Restored checks that the terminal is as it was: its modes, its screen, its cursor.
func (s *Terminal) Restored() {
	s.TB.Helper()
	after, err := term.GetState(s.Slave.Fd())
	if err != nil {
		s.TB.Fatal(err)
	}
	if *after != *s.before {
		s.TB.Errorf("the terminal's modes were %+v and are now %+v", s.before, after)
	}
	s.WaitUntil("the alternate screen to be left", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.screen.IsAltScreen() && !s.screen.CursorHidden()
	})
}
