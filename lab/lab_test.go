// SPDX-License-Identifier: GPL-2.0-only

package lab_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spotos/internal/labtest"
)

// program is the program that the tests build and run: it must be static, and a test binary may not be.
const program = "spotos"

// series lists the kernels that everything must work on.
var series = []string{"6.1", "6.12"}

var (
	binary  string // the built program
	kernels string // the directory of the kernels
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "spotos-lab-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "spotos")
	build := exec.Command("go", "build", "-o", binary, program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building %s: %v\n%s", program, err, out)
		return 1
	}
	if kernels, err = filepath.Abs("../.kernels"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// needLab skips a test on a kernel that this Debian has not, by SPOTOS_KERNELS, and where no VM can run, unless the lab
// is required.
func needLab(t *testing.T, kernel string) {
	t.Helper()
	if has := os.Getenv("SPOTOS_KERNELS"); has != "" && !slices.Contains(strings.Fields(has), kernel) {
		t.Skipf("SPOTOS_KERNELS names no %s: testing on %s", kernel, has)
	}
	var missing error
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		missing = err
	} else if _, err := os.Stat(filepath.Join(kernels, kernel, "vmlinuz")); err != nil {
		missing = err
	} else if _, err := os.Stat("/bin/busybox"); err != nil {
		missing = err
	}
	if missing == nil {
		return
	}
	if os.Getenv("CI") == "true" || os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		t.Fatalf("the lab is required here, but: %v", missing)
	}
	t.Skipf("the lab needs qemu-system-x86, busybox-static and lab/fetch-kernels.sh: %v", missing)
}

// command prepares a run of the lab that ends with the test.
func command(t *testing.T, kernel string, args ...string) *exec.Cmd {
	t.Helper()
	needLab(t, kernel)
	line := append([]string{"lab"}, args...)
	cmd := exec.CommandContext(t.Context(), binary, line...)
	cmd.Env = os.Environ()
	return cmd
}

// outcome is the result of a run.
type outcome struct {
	code           int
	stdout, stderr string
}

// execute runs a shell script in the VM.
func execute(t *testing.T, kernel string, stdin []byte, script string, flags ...string) outcome {
	t.Helper()
	args := append([]string{"exec", "--kernel", filepath.Join(kernels, kernel), "--timeout",
		labtest.Limit(t, 2*time.Minute).String()}, flags...)
	cmd := command(t, kernel, append(args, "--", "sh", "-c", script)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running the lab: %v", err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// builtModules returns where the modules for a kernel are, or skips the test.
func builtModules(t *testing.T, kernel string) string {
	t.Helper()
	needLab(t, kernel)
	release, err := os.ReadFile(filepath.Join(kernels, kernel, "release"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(kernels), "build", strings.TrimSpace(string(release)))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		t.Fatalf("make modules was not run: %s is missing", dir)
	}
	t.Skipf("make modules was not run: %s is missing", dir)
	return ""
}
