// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Terminal is a program at a terminal of its own, one that answers no queries.
type Terminal struct {
	TB       testing.TB
	Cmd      *exec.Cmd
	TTY      *os.File      // our side
	Slave    *os.File      // the program's
	Patience time.Duration // bounds every wait
	Stall    sync.Mutex    // locked: nobody reads what the program writes

	mu     sync.Mutex
	screen *vt.Emulator
	raw    strings.Builder
	more   chan struct{} // something was written

	exited chan struct{} // closed once the program has ended
	before *term.State
}

// StartTerminal starts a program at a terminal of a size. One of 0x0 is drawn at 80x24. The terminal kills the program
// when the test ends.
func StartTerminal(tb testing.TB, cmd *exec.Cmd, w, h int) *Terminal {
	tb.Helper()
	tty, slave, err := pty.Open()
	if err != nil {
		tb.Fatal(err)
	}
	s := &Terminal{TB: tb, Cmd: cmd, TTY: tty, Slave: slave, Patience: Patience(tb),
		more: make(chan struct{}, 1), exited: make(chan struct{})}
	s.screen = vt.NewEmulator(80, 24)
	if w > 0 {
		s.screen.Resize(w, h)
	}
	s.setSize(w, h)
	if s.before, err = term.GetState(slave.Fd()); err != nil {
		tb.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go s.read()
	go func() {
		_ = cmd.Wait() // its exit code is in cmd
		close(s.exited)
	}()
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-s.exited // what it had armed is taken back before what was in its way goes
		slave.Close()
		tty.Close()
	})
	// The emulator answers queries into a pipe; somebody must read it, and nobody passes it on.
	go io.Copy(io.Discard, s.screen)
	return s
}

// setSize sets the terminal's size. Then it makes our side non-blocking, which setting the size undoes: so it can be
// closed while it is read, and the line be lost.
func (s *Terminal) setSize(w, h int) {
	s.TB.Helper()
	if err := pty.Setsize(s.TTY, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		s.TB.Fatal(err)
	}
	conn, err := s.TTY.SyscallConn()
	if err != nil {
		s.TB.Fatal(err)
	}
	var set error
	err = conn.Control(func(fd uintptr) { set = syscall.SetNonblock(int(fd), true) })
	if err != nil || set != nil {
		s.TB.Fatal(err, set)
	}
}

// Resize changes the terminal's size.
func (s *Terminal) Resize(w, h int) {
	s.TB.Helper()
	s.mu.Lock()
	s.screen.Resize(w, h)
	s.mu.Unlock()
	s.setSize(w, h)
}

func (s *Terminal) read() {
	buf := make([]byte, 1<<16)
	for {
		n, err := s.TTY.Read(buf)
		s.Stall.Lock()
		//lint:ignore SA2001 it is to wait here while a test holds it
		s.Stall.Unlock()
		s.mu.Lock()
		_, _ = s.screen.Write(buf[:n])
		s.raw.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Text returns what the screen shows.
func (s *Terminal) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// Output returns all that the program has written.
func (s *Terminal) Output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// Shows reports whether the screen shows all of want.
func (s *Terminal) Shows(want ...string) bool {
	text := s.Text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Wait waits until the screen shows all of want.
func (s *Terminal) Wait(want ...string) {
	s.TB.Helper()
	s.WaitUntil(strings.Join(want, ", "), func() bool { return s.Shows(want...) })
}

// WaitUntil waits until what is drawn makes done true.
func (s *Terminal) WaitUntil(what string, done func() bool) {
	s.TB.Helper()
	limit := time.After(s.Patience)
	for !done() {
		select {
		case <-s.more:
		case <-limit:
			s.TB.Fatalf("waiting for %q: the screen shows\n%s", what, s.Text())
		}
	}
}

// Keys types, key by key, as if by hand.
func (s *Terminal) Keys(keys string) {
	s.TB.Helper()
	for _, k := range []byte(keys) {
		if _, err := s.TTY.Write([]byte{k}); err != nil {
			s.TB.Fatal(err)
		}
	}
}

// Send types a key's bytes at once, as a terminal sends them.
func (s *Terminal) Send(bytes string) {
	s.TB.Helper()
	if _, err := s.TTY.WriteString(bytes); err != nil {
		s.TB.Fatal(err)
	}
}
