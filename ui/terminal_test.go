// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// tickingClock goes on by a second each time it is asked, so that the child takes each key for one typed
// long after the question.
func tickingClock() func() time.Time {
	var asked atomic.Int64
	start := fixedClock()
	return func() time.Time { return start.Add(time.Duration(asked.Add(1)) * time.Second) }
}

// patience bounds every wait. SPOTOS_TIME_SCALE stretches it for slow machines.
func patience() time.Duration {
	scale, err := strconv.ParseFloat(os.Getenv("SPOTOS_TIME_SCALE"), 64)
	if err != nil || scale <= 0 {
		scale = 1
	}
	return time.Duration(20 * scale * float64(time.Second))
}

// terminal is a console in a process of its own, at a terminal that answers no queries.
type terminal struct {
	t      testing.TB
	cmd    *exec.Cmd
	tty    *os.File // our side
	slave  *os.File
	calls  string
	plants string // directory

	mu     sync.Mutex
	screen *vt.Emulator
	raw    strings.Builder
	more   chan struct{} // something was written
	stall  sync.Mutex    // locked: nobody reads

	exited chan error
	before *term.State
}

func startTerminal(t testing.TB, file string, w, h int, env ...string) *terminal {
	t.Helper()
	tty, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	term0 := &terminal{t: t, tty: tty, slave: slave, calls: filepath.Join(t.TempDir(), "calls"), plants: t.TempDir(),
		screen: vt.NewEmulator(max(w, 1), max(h, 1)), more: make(chan struct{}, 1), exited: make(chan error, 1)}
	if w == 0 {
		term0.screen.Resize(80, 24)
	}
	term0.setSize(w, h)
	if term0.before, err = term.GetState(slave.Fd()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{"TERM=xterm", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"),
		childFile + "=" + file, childCalls + "=" + term0.calls, childPlants + "=" + term0.plants}, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = ownTerminal()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term0.cmd = cmd
	go term0.read()
	go func() { term0.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		slave.Close()
		tty.Close()
	})
	// The emulator answers queries into a pipe; somebody must read it, and nobody passes it on.
	go io.Copy(io.Discard, term0.screen)
	return term0
}

// doNotBlock lets f be closed while it is read, so that the line can be lost. Setting the size undoes it.
func doNotBlock(t testing.TB, f *os.File) {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var set error
	if err := conn.Control(func(fd uintptr) { set = syscall.SetNonblock(int(fd), true) }); err != nil || set != nil {
		t.Fatal(err, set)
	}
}

func (s *terminal) setSize(w, h int) {
	s.t.Helper()
	if err := pty.Setsize(s.tty, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		s.t.Fatal(err)
	}
	doNotBlock(s.t, s.tty)
}

func (s *terminal) resize(w, h int) {
	s.t.Helper()
	s.mu.Lock()
	s.screen.Resize(w, h)
	s.mu.Unlock()
	s.setSize(w, h)
}

func (s *terminal) read() {
	buf := make([]byte, 1<<16)
	for {
		n, err := s.tty.Read(buf)
		s.stall.Lock()
		//lint:ignore SA2001 it is to wait here while a test holds it
		s.stall.Unlock()
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

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *terminal) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// wait waits until the screen shows all of want.
func (s *terminal) wait(want ...string) {
	s.t.Helper()
	s.waitUntil(strings.Join(want, ", "), func() bool {
		text := s.text()
		for _, w := range want {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

func (s *terminal) waitUntil(what string, done func() bool) {
	s.t.Helper()
	limit := time.After(patience())
	for !done() {
		select {
		case <-s.more:
		case <-limit:
			s.t.Fatalf("waiting for %q: the screen shows\n%s", what, s.text())
		}
	}
}

// keys types, key by key, as if by hand.
func (s *terminal) keys(keys string) {
	s.t.Helper()
	for _, k := range []byte(keys) {
		if _, err := s.tty.Write([]byte{k}); err != nil {
			s.t.Fatal(err)
		}
	}
}
