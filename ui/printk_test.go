// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestConsoleLogLevelIsLoweredAndPutBack(t *testing.T) {
	for before, during := range map[string]string{"4\t4\t1\t7\n": "1", "7\t4\t1\t7\n": "1", "10\t4\t1\t7\n": "1", "1\t4\t1\t7\n": "1", "0\t4\t1\t7\n": "0"} {
		file := filepath.Join(t.TempDir(), "printk")
		if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		restore, err := lowerLevel(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := level(t, file); got != during {
			t.Errorf("%q: level %s while it runs, want %s", before, got, during)
		}
		restore()
		if got, want := level(t, file), strings.Fields(before)[0]; got != want {
			t.Errorf("%q: level %s afterwards, want %s", before, got, want)
		}
	}
}

func level(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))[0]
}

func TestOnlyKernelConsolesAreQuietened(t *testing.T) {
	for name, want := range map[string]bool{"/dev/ttyS0": true, "/dev/tty1": true, "/dev/console": true, "/dev/hvc0": true,
		"/dev/ttyAMA0": true, "/dev/pts/3": false, "/dev/tty": false, "/tmp/dev/ttyS0": false} {
		if got := kernelConsole.MatchString(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	_, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	if _, err := quietKernel(slave, "/nonexistent"); err != nil {
		t.Errorf("a pseudo terminal was taken for a kernel console: %v", err)
	}
}
