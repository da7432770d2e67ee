// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
)

// These tests arm patches on the kernel that runs, so they run only in a throw-away VM.

// until presses keys, again and again if there are any, until the screen shows words.
func until(s *labtest.Terminal, words, keys string) {
	s.TB.Helper()
	if keys == "" {
		s.Wait(words)
		return
	}
	s.Await(words, func() error {
		if s.Shows(words) {
			return nil
		}
		s.Keys(keys)
		for wait := time.Now().Add(2 * time.Second); time.Now().Before(wait); time.Sleep(20 * time.Millisecond) {
			if s.Shows(words) {
				return nil
			}
		}
		return os.ErrDeadlineExceeded
	})
}

// open starts spotos in a terminal of its own.
func open(t *testing.T, args ...string) *labtest.Terminal {
	t.Helper()
	cmd := exec.Command("spotos", args...)
	cmd.Env = append(os.Environ(), "TERM=linux", "NO_COLOR=1", "LC_ALL=C")
	return labtest.StartTerminal(t, cmd, 80, 24)
}

// TestLabConsoleAborted arms from the console, and takes that back from another process: the console says so.
func TestLabConsoleAborted(t *testing.T) {
	labtest.WithSpotos(t)
	startTraffic(t, "--busy", "0", "--idle", "1", "--acceptors", "0")
	catalogue := t.TempDir()
	if err := os.CopyFS(catalogue, os.DirFS("/lib/spotos/patches")); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"pair.ko", "version_banner.ko"} {
		if err := os.Remove(catalogue + "/" + other); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, "--patches", catalogue, "--nudge", "none", "--timeout", "0", "--journal", "")
	until(s, "no-oob", "")
	until(s, "in flight", "\r")
	until(s, "Arm no-oob", "a")
	for i, typed := range []string{"[-___]", "[-o__]", "[-oo_]", "[-oob]"} {
		until(s, typed, "-oob"[i:i+1])
	}
	s.Keys("y")
	until(s, "ARMED", "")

	said, err := exec.Command("spotos", "abort").CombinedOutput()
	if err != nil || string(said) != "no-oob: aborted\n" {
		t.Fatalf("spotos abort: %v: %s\n%s", err, said, s.Text())
	}
	until(s, "ABORTED", "")
	until(s, "spotos abort (pid", "4")
	s.Keys("q") // nothing is armed, so it does not ask
	if code := s.End(); code != 0 {
		t.Errorf("the console ended with exit code %d", code)
	}
}

// TestLabInterrupt shows what is waited for on a terminal, and takes the arming back at ctrl-c.
func TestLabInterrupt(t *testing.T) {
	labtest.WithSpotos(t)
	startTraffic(t, "--busy", "0", "--idle", "1", "--acceptors", "0")
	s := open(t, "apply", "no-oob", "--nudge", "none", "--timeout", "0", "--journal", "")
	until(s, "apply: armed ", "")
	until(s, "1 in flight, 1 holder, consumer/0 (pid ", "")
	until(s, "no-oob: aborted", "\x03")
	until(s, "nothing changed", "")
	if s.Shows("in flight") {
		t.Errorf("the progress was left on the screen:\n%s", s.Text())
	}
	if code := s.End(); code != 130 {
		t.Errorf("it ended with exit code %d, not 130", code)
	}
	said, err := exec.Command("spotos", "abort").CombinedOutput()
	if err != nil || string(said) != "nothing is armed\n" {
		t.Errorf("spotos abort: %v: %s", err, said)
	}
}

// startTraffic has the lab's workload run until the test ends.
func startTraffic(t *testing.T, flags ...string) {
	t.Helper()
	cmd := exec.Command("spotos", append([]string{"lab", "traffic"}, flags...)...)
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
