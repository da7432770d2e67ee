// SPDX-License-Identifier: GPL-2.0-only

package lab_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
)

// TestConsole uses the shell on the console's line: its size, a change of it, ctrl-c, and the end.
func TestConsole(t *testing.T) {
	cmd := command(t, "6.12", "--kernel", filepath.Join(kernels, "6.12"), "--shell", "--busy", "2", "--idle", "1")
	s := labtest.StartTerminal(t, cmd, 101, 33)
	s.Patience = labtest.Limit(t, 5*time.Minute) // the VM boots, on a host that may be busy
	seen := 0
	await := func(text string) { // newly written
		t.Helper()
		s.WaitUntil(text, func() bool {
			at := strings.Index(s.Output()[seen:], text)
			if at >= 0 {
				seen += at + len(text)
			}
			return at >= 0
		})
	}
	await("~ # ")
	s.Send("stty size; grep -o '\"ready\":true' /var/log/spotos/traffic.jsonl\n")
	await("33 101\r\n\"ready\":true")
	s.Resize(80, 25)
	// The child itself says that it runs: a shell that is just about to fork would keep the signal to itself.
	s.Send("until [ \"$(stty size)\" = '25 80' ]; do usleep 10000; done; sh -c \"echo re''sized; exec sleep 1000\"\n")
	await("resized\r\n")
	s.Send("\x03")
	await("~ # ")
	s.Send("printf 'last''words'; exit 3\n")
	await("lastwords")
	if code := s.End(); code != 3 {
		t.Errorf("exit code %d, want the shell's 3", code)
	}
	s.Restored()
}

// TestConsoleIsShown has the lab show the console itself, and leaves it.
func TestConsoleIsShown(t *testing.T) {
	cmd := command(t, "6.12", "--kernel", filepath.Join(kernels, "6.12"), "--modules", builtModules(t, "6.12"),
		"--idle", "0")
	s := labtest.StartTerminal(t, cmd, 80, 24)
	s.Patience = labtest.Limit(t, 5*time.Minute) // the VM boots, on a host that may be busy
	s.Wait("NO PATCH CHOSEN", "version-banner", "no-oob")
	s.Send("q")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.Restored()
}
