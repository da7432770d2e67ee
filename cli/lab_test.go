// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// These tests arm patches on the kernel that runs, so they run only in a throw-away VM, with SPOTOS_LAB=1;
// spotos.ko is loaded and spotos is in the PATH.

const labLimit = 60 * time.Second

// screen is what a terminal shows.
type screen struct {
	mu    sync.Mutex
	shown *vt.Emulator
	keys  *os.File
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// until presses keys, again and again if there are any, until the screen shows words.
func (s *screen) until(t *testing.T, words, keys string) {
	t.Helper()
	for end := time.Now().Add(labLimit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(s.text(), words) {
			return
		}
		if keys != "" {
			fmt.Fprint(s.keys, keys)
			for wait := time.Now().Add(2 * time.Second); time.Now().Before(wait) && !strings.Contains(s.text(), words); {
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	t.Fatalf("the screen did not come to show %q:\n%s", words, s.text())
}

// open starts spotos in a terminal of its own.
func open(t *testing.T, args ...string) (*screen, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command("spotos", args...)
	cmd.Env = append(os.Environ(), "TERM=linux", "NO_COLOR=1", "LC_ALL=C")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); terminal.Close() })
	s := &screen{shown: vt.NewEmulator(80, 24), keys: terminal}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := terminal.Read(buf)
			s.mu.Lock()
			s.shown.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s, cmd
}

// TestLabConsoleAborted arms from the console, and takes that back from another process: the console says so.
func TestLabConsoleAborted(t *testing.T) {
	inLab(t)
	holdReceive(t)
	catalogue := t.TempDir()
	if err := os.CopyFS(catalogue, os.DirFS("/lib/spotos/patches")); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"pair.ko", "version_banner.ko"} {
		if err := os.Remove(catalogue + "/" + other); err != nil {
			t.Fatal(err)
		}
	}
	s, cmd := open(t, "--patches", catalogue, "--timeout", "0", "--journal", "")
	s.until(t, "no-oob", "")
	s.until(t, "in flight", "\r")
	s.until(t, "Arm no-oob", "a")
	for i, typed := range []string{"[-___]", "[-o__]", "[-oo_]", "[-oob]"} {
		s.until(t, typed, "-oob"[i:i+1])
	}
	fmt.Fprint(s.keys, "y")
	s.until(t, "ARMED", "")

	said, err := exec.Command("spotos", "abort").CombinedOutput()
	if err != nil || string(said) != "no-oob: aborted\n" {
		t.Fatalf("spotos abort: %v: %s\n%s", err, said, s.text())
	}
	s.until(t, "ABORTED", "")
	s.until(t, "spotos abort (pid", "4")
	fmt.Fprint(s.keys, "q") // nothing is armed, so it does not ask
	if err := cmd.Wait(); err != nil {
		t.Errorf("the console ended with %v", err)
	}
}

// TestLabInterrupt shows what is waited for on a terminal, and takes the arming back at ctrl-c.
func TestLabInterrupt(t *testing.T) {
	inLab(t)
	holdReceive(t)
	s, cmd := open(t, "apply", "no-oob", "--timeout", "0", "--journal", "")
	s.until(t, "apply: armed ", "")
	s.until(t, "1 in flight, consumer/0 (pid ", "")
	s.until(t, "no-oob: aborted", "\x03")
	s.until(t, "nothing changed", "")
	if strings.Contains(s.text(), "in flight") {
		t.Errorf("the progress was left on the screen:\n%s", s.text())
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 {
		t.Errorf("it ended with %v, not exit code 130", err)
	}
	said, err := exec.Command("spotos", "abort").CombinedOutput()
	if err != nil || string(said) != "nothing is armed\n" {
		t.Errorf("spotos abort: %v: %s", err, said)
	}
}

func inLab(t *testing.T) {
	t.Helper()
	if os.Getenv("SPOTOS_LAB") != "1" {
		t.Skip("runs in the lab's VM with SPOTOS_LAB=1")
	}
}

// holdReceive keeps a task inside inet_recvmsg until the test ends.
func holdReceive(t *testing.T) {
	t.Helper()
	cmd := exec.Command("spotos", "lab", "traffic", "--busy", "0", "--idle", "1", "--acceptors", "0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "ready") {
		t.Fatalf("the traffic did not start: %v: %s", err, line)
	}
}
