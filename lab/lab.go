// SPDX-License-Identifier: GPL-2.0-only

// Package lab implements the lab command: a throw-away VM to try SPOTOS in without risk to any machine.
package lab

import (
	"github.com/spf13/cobra"

	"spotos/lab/guest"
)

// IsGuestInit reports whether this process is the lab VM's init. The program then calls GuestInit before anything
// else.
func IsGuestInit() bool { return guest.IsInit() }

// GuestInit runs the VM's job and powers it off. It does not return.
func GuestInit() { guest.Main() }

// Exit codes besides the guest command's own.
const (
	CodeKernelWarned = 124 // the kernel printed a warning, whatever the command's code was
	CodeLabFailed    = 125 // the guest or the lab failed
)

// An ExitError makes the program print Err, if there is one, and exit with Code.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *ExitError) Unwrap() error { return e.Err }

// ExitCode returns Code.
func (e *ExitError) ExitCode() int { return e.Code }

// Command returns the lab command with its sub-commands. They return an *ExitError where the exit code has a meaning;
// every other error is wrong usage.
func Command() *cobra.Command {
	cmd := consoleCommand()
	cmd.AddCommand(execCommand(), trafficCommand(), benchCommand(), tickerCommand(), callersCommand(),
		experimentCommand(), loadCommand())
	return cmd
}
