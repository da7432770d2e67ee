// SPDX-License-Identifier: GPL-2.0-only

package build

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Run runs a command and returns all that it printed. When ctx ends it kills the command and all that it started, and
// returns the error of ctx. A command that failed for want of room gives a *FullError.
func Run(ctx context.Context, dir, name string, args ...string) (string, error) {
	var output bytes.Buffer
	temp, err := os.MkdirTemp("", "spotos-run-") // who is killed leaves his temporary files behind
	if err != nil {
		return "", Full(err)
	}
	defer os.RemoveAll(temp)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &output, &output
	// What make passes down from an outer make is not for this one; messages are read, so they are in English.
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") || strings.HasPrefix(v, "KBUILD_")
	}), "LC_ALL=C", "TMPDIR="+temp)
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return output.String(), ctx.Err()
	}
	if full := FullIn(output.String(), dir); err != nil && full != nil {
		return output.String(), full
	}
	return output.String(), err
}
