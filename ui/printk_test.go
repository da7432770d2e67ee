// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestConsoleLogLevelIsLoweredAndPutBack(t *testing.T) {
	for before, during := range map[string]string{
		"4\t4\t1\t7\n": "1", "7\t4\t1\t7\n": "1", "10\t4\t1\t7\n": "1", "1\t4\t1\t7\n": "1", "0\t4\t1\t7\n": "0",
	} {
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

// level returns the first number in file.
func level(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))[0]
}

func TestOnlyKernelConsolesAreQuietened(t *testing.T) {
	for name, want := range map[string]bool{"/dev/ttyS0": true, "/dev/tty1": true, "/dev/console": true,
		"/dev/hvc0": true, "/dev/ttyAMA0": true, "/dev/pts/3": false, "/dev/tty": false, "/tmp/dev/ttyS0": false} {
		if got := kernelConsole.MatchString(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	_, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	if err := kernelLogOf(slave, "/nonexistent").quiet(); err != nil {
		t.Errorf("a pseudo terminal was taken for a kernel console: %v", err)
	}
}

// The operator in the shell sees the kernel's messages again, at the level of that moment.
func TestConsoleLogLevelIsPutBackForTheShell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "printk")
	if err := os.WriteFile(file, []byte("7\t4\t1\t7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &kernelLog{printk: file}
	if err := log.quiet(); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-c", "cat "+file+" >"+file+".seen; echo 5 >"+file)
	if err := (&shellProcess{shell, log}).Run(); err != nil {
		t.Fatal(err)
	}
	if got := level(t, file+".seen"); got != "7" {
		t.Errorf("level %s in the shell, want 7", got)
	}
	if got := level(t, file); got != "1" {
		t.Errorf("level %s after the shell, want 1", got)
	}
	log.loud()
	log.loud()
	if got := level(t, file); got != "5" {
		t.Errorf("level %s in the end, want 5, as it was set in the shell", got)
	}
}
