// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"spotos/internal/labtest"
)

// tickingClock advances by a second with each reading, so that the child takes each key as typed long after the
// question.
func tickingClock() func() time.Time {
	var asked atomic.Int64
	start := fixedClock()
	return func() time.Time { return start.Add(time.Duration(asked.Add(1)) * time.Second) }
}

// terminal is a console in a process of its own.
type terminal struct {
	*labtest.Terminal
	calls  string
	plants string // directory
}

func startTerminal(t testing.TB, file string, w, h int, env ...string) *terminal {
	t.Helper()
	s := &terminal{calls: filepath.Join(t.TempDir(), "calls"), plants: t.TempDir()}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{"TERM=xterm", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"),
		childFile + "=" + file, childCalls + "=" + s.calls, childPlants + "=" + s.plants}, env...)
	s.Terminal = labtest.StartTerminal(t, cmd, w, h)
	return s
}

// requests returns the requests that the operation has received, one line each.
func (s *terminal) requests() string {
	s.TB.Helper()
	data, err := os.ReadFile(s.calls)
	if err != nil {
		s.TB.Fatal(err)
	}
	return string(data)
}
