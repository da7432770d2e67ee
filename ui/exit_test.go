// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDumbTerminal(t *testing.T) {
	s := startTerminal(t, easy, 80, 24, "TERM=dumb")
	if code := s.End(); code == 0 {
		t.Error("exit code 0")
	}
	s.Wait("TERM=dumb cannot draw a screen")
	if strings.Contains(s.Output(), escape) {
		t.Errorf("escape sequences at a dumb terminal: %q", s.Output())
	}
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		s := armed(t, 80, 24)
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

// With the line lost there is no terminal to restore, but the operation is still closed.
func TestLostLineClosesTheOperation(t *testing.T) {
	s := armed(t, 80, 24)
	s.Slave.Close()
	s.TTY.Close()
	if code := s.End(); code == 0 {
		t.Error("exit code 0")
	}
	if !strings.HasSuffix(s.requests(), "close\n") {
		t.Error("the operation was not closed")
	}
}

func TestOutputThatIsNoTerminalIsRefused(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	err = Run(t.Context(), nil, Options{Input: null, Output: null, Environ: []string{"TERM=xterm"}})
	if !errors.Is(err, ErrNoTerminal) {
		t.Errorf("got %v", err)
	}
}

// The line accepts no output any more, as when the other side hangs. The console exits all the same.
func TestStalledLineDoesNotPreventExit(t *testing.T) {
	s := armed(t, 80, 24)
	s.Stall.Lock()
	s.Await("the line to stall", func() error {
		s.Keys("\x0c") // ctrl+l
		if before := s.writeUnderWay(); before == "" || before != s.writeUnderWay() {
			return errors.New("it still accepts output")
		}
		return nil
	})
	if err := s.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.End(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	s.Stall.Unlock()
	s.Restored()
	if !strings.HasSuffix(s.requests(), "close\n") {
		t.Error("the operation was not closed")
	}
}

// writeUnderWay returns the system call by which the child is writing to the terminal, or "".
func (s *terminal) writeUnderWay() string {
	time.Sleep(100 * time.Millisecond) // longer than any write on a line that accepts output
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", s.Cmd.Process.Pid))
	for _, file := range files {
		call, _ := os.ReadFile(file)
		if strings.HasPrefix(string(call), fmt.Sprintf("%d 0x1 ", unix.SYS_WRITE)) {
			return string(call)
		}
	}
	return ""
}
