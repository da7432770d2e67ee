// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// Exit codes of a command that could not be run, as a shell gives them.
const (
	codeNotRunnable = 126
	codeNotFound    = 127
)

// killLimit bounds the wait for processes that the command left running.
const killLimit = 10 * time.Second

// runCommand runs the job's command to its end and ends whatever it left running. It returns the report once all output
// is on the ports.
func runCommand(job *wire.Job, stdio stdio, c *control) (wire.Report, error) {
	if err := c.report(wire.Report{Event: wire.EventReady}); err != nil {
		return wire.Report{}, err
	}
	report := wire.Report{Event: wire.EventExit}
	pid, err := start(job, stdio)
	if err != nil {
		fmt.Fprintf(stdio.complaints(), "spotos lab: %v\n", err)
	}
	stdio.started()
	if err != nil {
		report.Code = codeNotRunnable
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			report.Code = codeNotFound
		}
	} else if report.Code, err = reapUntil(pid); err != nil {
		return wire.Report{}, err
	}
	if err := killRest(); err != nil {
		return wire.Report{}, err
	}
	report.Stdout, report.Stderr, err = stdio.finish()
	return report, err
}

// start starts the command and returns its pid. Only reapUntil may wait for it.
func start(job *wire.Job, stdio stdio) (int, error) {
	path, err := exec.LookPath(job.Argv[0])
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(job.Dir); err != nil {
		return 0, fmt.Errorf("changing to the working directory: %w", err)
	}
	pid, err := syscall.ForkExec(path, job.Argv, &syscall.ProcAttr{
		Dir:   job.Dir,
		Env:   append(os.Environ(), job.Env...),
		Files: stdio.fds(),
		Sys:   stdio.attributes(),
	})
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", path, err)
	}
	return pid, nil
}

// reapUntil waits for every child, as init must, until pid has ended, and returns its exit code.
func reapUntil(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, fmt.Errorf("waiting for the command: %w", err)
		case ended != pid:
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		default:
			return status.ExitStatus(), nil
		}
	}
}

// killRest ends every other process, so that nobody holds the command's pipes open.
func killRest() error {
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && err != unix.ESRCH {
		return fmt.Errorf("ending what the command left running: %w", err)
	}
	reaped := make(chan struct{})
	go func() {
		defer close(reaped)
		for {
			if _, err := unix.Wait4(-1, nil, 0, nil); err == unix.ECHILD {
				return
			}
		}
	}()
	select {
	case <-reaped:
		return nil
	case <-time.After(killLimit):
		return fmt.Errorf("ending what the command left running: some processes are still there %v after SIGKILL: the "+
			"kernel does not let them go", killLimit)
	}
}
