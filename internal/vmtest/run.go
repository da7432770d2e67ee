// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// passed are the variables that the tests in the VM see: see labtest.Number and Seed.
var passed = []string{"SPOTOS_ROUNDS", "SPOTOS_PAIR_ROUNDS", "SPOTOS_THREADS", "SPOTOS_IDLE_US", "SPOTOS_SEED",
	"SPOTOS_FLIPS", "SPOTOS_TIME_SCALE"}

// runAll boots all VMs side by side, and returns the exit code of one that failed. A lane's output is printed as it
// comes if it is the only one, and when it has ended otherwise.
func runAll(ctx context.Context, all []machine) (int, error) {
	if len(all) == 0 {
		return 0, errors.New(`name the kernels: -kernels "6.1 6.12"`)
	}
	binaries, err := os.MkdirTemp("", "spotos-vmtest")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(binaries)
	if err := compile(ctx, binaries, lanesOf(all)); err != nil {
		return 0, err
	}
	var running sync.WaitGroup
	var printing sync.Mutex
	code := 0
	for _, m := range all {
		running.Go(func() {
			var kept bytes.Buffer
			out := io.Writer(&kept)
			if len(all) == 1 {
				out = os.Stdout
			}
			begin := time.Now()
			got, err := m.lane.boot(ctx, out, m.kernel, binaries)
			printing.Lock()
			defer printing.Unlock()
			fmt.Printf("== kernel %s, %s: exit code %d, %v\n%s",
				m.kernel, m.lane.name, got, time.Since(begin).Round(time.Second), &kept)
			if err != nil {
				fmt.Println("vmtest:", err)
				got = 1
			}
			if got != 0 {
				code = got
			}
		})
	}
	running.Wait()
	return code, nil
}

func lanesOf(all []machine) []lane {
	var lanes []lane
	for _, m := range all {
		lanes = append(lanes, m.lane)
	}
	return lanes
}

// compile builds the test binary of each package, static as the VM needs it.
func compile(ctx context.Context, dir string, lanes []lane) error {
	for _, l := range append(lanes, lane{steps: []step{logStep}}) {
		for _, s := range l.steps {
			file := filepath.Join(dir, s.binary())
			if _, err := os.Stat(file); err == nil {
				continue
			}
			build := exec.CommandContext(ctx, "go", "test", "-c", "-o", file, "./"+s.pkg)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			build.Stdout, build.Stderr = os.Stderr, os.Stderr
			if err := build.Run(); err != nil {
				return fmt.Errorf("building the tests of %s: %w", s.pkg, err)
			}
			if err := s.matches(ctx, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// matches returns an error if no test of the binary matches: it would pass in the VM.
func (s step) matches(ctx context.Context, binary string) error {
	top, _, _ := strings.Cut(s.run, "/") // -test.list knows no subtests
	names, err := exec.CommandContext(ctx, binary, "-test.list", top).Output()
	if err != nil {
		return fmt.Errorf("listing the tests of %s: %w", s.pkg, err)
	}
	if !bytes.Contains(names, []byte("Test")) {
		return fmt.Errorf("no test of %s matches %q", s.pkg, top)
	}
	return nil
}

// logStep looks at what the modules have written into the kernel's log meanwhile.
var logStep = step{pkg: "internal/labtest", run: "LabKernelLog"}

func (s step) binary() string { return strings.ReplaceAll(s.pkg, "/", "-") + ".test" }

// boot runs a lane in a VM and returns the exit code of lab exec.
func (l lane) boot(ctx context.Context, out io.Writer, kernel, binaries string) (int, error) {
	testLimit, vmLimit, err := limits()
	if err != nil {
		return 0, err
	}
	args := []string{"lab", "exec", "--kernel", kernel, "--timeout", vmLimit, "--share", "build:/builds",
		"--env", "SPOTOS_LAB=1"}
	if l.append != "" {
		args = append(args, "--append", l.append)
	}
	// The kernel's image, where spotos patch check looks for it. A kernel that was built here has none there.
	if boot := filepath.Join(".kernels", kernel, "boot"); isDir(boot) {
		args = append(args, "--share", boot+":/boot")
	}
	for _, name := range passed {
		args = append(args, "--env", name)
	}
	script := guestScript
	for _, s := range append(l.steps, logStep) {
		args = append(args, "--file", filepath.Join(binaries, s.binary())+":/test/"+s.binary())
		if s != logStep {
			args = append(args, "--share", s.pkg+":/src/"+s.pkg)
		}
		rounds := ""
		if s.rounds > 0 {
			rounds = fmt.Sprintf("env SPOTOS_ROUNDS=%d ", s.rounds)
		}
		script += fmt.Sprintf("step /src/%s %s/test/%s -test.run '%s' -test.skip '%s' -test.v -test.timeout %s\n",
			s.pkg, rounds, s.binary(), s.run, s.skip, testLimit)
	}
	cmd := exec.CommandContext(ctx, "bin/spotos", append(args, "--", "sh", "-c", script+"exit $code\n")...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends the VM
	err = cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	return 0, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// guestScript begins what the VM's shell runs: step DIRECTORY COMMAND... runs a test binary where its testdata is.
const guestScript = `dmesg -n 4
code=0
step() {
	mkdir -p $1 && cd $1 || exit
	shift
	echo "== $*"
	begin=$(date +%s)
	"$@" || code=$?
	echo "== $(($(date +%s) - begin)) s"
}
`
