// SPDX-License-Identifier: GPL-2.0-only

package lab_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"spotos/internal/labtest"
)

// TestNothingIsLeft kills the runner in the middle of a run and demands that it left nothing.
func TestNothingIsLeft(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd := command(t, "6.12", "exec", "--kernel", filepath.Join(kernels, "6.12"), "--", "sh", "-c",
				"echo up; sleep 1000")
			temp := t.TempDir()
			cmd.Env = append(cmd.Env, "TMPDIR="+temp)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
				t.Fatalf("the command said %q: %v", line, err)
			}
			children := childrenOf(t, cmd.Process.Pid)
			if len(children) != 1 {
				t.Fatalf("the runner has %d children, want QEMU alone", len(children))
			}
			for _, pid := range append(children, cmd.Process.Pid) {
				checkNoNamedTemporary(t, pid)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if signal == syscall.SIGTERM && cmd.ProcessState.ExitCode() != 143 {
				t.Errorf("exit code %d, want 143", cmd.ProcessState.ExitCode())
			}
			awaitGone(t, children[0])
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left in the temporary directory: %v, %v", left, err)
			}
		})
	}
}

// childrenOf returns the pids of the processes whose parent is pid.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // that thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
	}
	return children
}

// checkNoNamedTemporary fails if a process has a file open that has a name in a temporary directory.
func checkNoNamedTemporary(t *testing.T, pid int) {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(links) == 0 {
		t.Fatalf("process %d shows no open files: %v", pid, err)
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil {
			continue // closed meanwhile
		}
		for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp", "/dev/shm", "/run"} {
			if strings.HasPrefix(target, dir+"/") && !strings.HasSuffix(target, " (deleted)") {
				t.Errorf("process %d has %s open, which would stay behind", pid, target)
			}
		}
	}
}

// awaitGone waits until a process has ended; a zombie has ended too.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	labtest.Eventually(t, func() error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(text), ") Z ") {
			return nil
		}
		return fmt.Errorf("process %d outlives its runner: %s", pid, text)
	})
}
