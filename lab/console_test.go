// SPDX-License-Identifier: GPL-2.0-only

package lab_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// screen is a terminal that shows the lab.
type screen struct {
	t     *testing.T
	lines chan string
	seen  bytes.Buffer
}

// await waits until text stands on the screen.
func (s *screen) await(text string) {
	s.t.Helper()
	late := time.After(limit(s.t, time.Minute))
	for !strings.Contains(s.seen.String(), text) {
		select {
		case more, open := <-s.lines:
			if !open {
				s.t.Fatalf("the lab ended before it wrote %q:\n%s", text, s.seen.String())
			}
			s.seen.WriteString(more)
		case <-late:
			s.t.Fatalf("the lab has not written %q:\n%s", text, s.seen.String())
		}
	}
	s.seen.Reset()
}

// TestConsole uses the shell on the console's line: its size, a change of it, ctrl-c, and the end.
func TestConsole(t *testing.T) {
	cmd := command(t, "6.12", "--kernel", filepath.Join(kernels, "6.12"), "--shell", "--busy", "2", "--idle", "1")
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 33, Cols: 101}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // so that it is signalled new sizes
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, lines: make(chan string)}
	go func() {
		defer close(s.lines)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			select {
			case s.lines <- string(buf[:n]):
			case <-t.Context().Done():
				return
			}
		}
	}()
	s.await("~ # ")
	master.WriteString("stty size; grep -o '\"ready\":true' /var/log/spotos/traffic.jsonl\n")
	s.await("33 101\r\n\"ready\":true")
	if err := pty.Setsize(master, &pty.Winsize{Rows: 25, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	// The child itself prints that it runs: a shell that is about to fork would receive the signal alone.
	master.WriteString("until [ \"$(stty size)\" = '25 80' ]; do usleep 10000; done; sh -c \"echo re''sized; exec " +
		"sleep 1000\"\n")
	s.await("resized\r\n")
	master.WriteString("\x03")
	s.await("~ # ")
	master.WriteString("printf 'last''words'; exit 3\n")
	s.await("lastwords")
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code %d, want the shell's 3", code)
	}
	after, err := term.GetState(slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	if *after != *before {
		t.Errorf("the terminal was %+v and is now %+v", before, after)
	}
}
