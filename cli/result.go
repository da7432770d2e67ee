// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"spotos/kmod"
	"spotos/lab"
	"spotos/session"
	"spotos/ui"
)

// Exit codes, as documented in the README; those of an operation are session.Outcome's.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitRefused     = 5
	exitInterrupted = 130
)

// exit ends the program with a code; what there was to say has been said.
type exit struct{ code int }

func (e exit) Error() string { return fmt.Sprintf("exit %d", e.code) }

// exitCode is what an error means to the shell.
func exitCode(err error) int {
	var e exit
	var fromLab *lab.ExitError
	var refused *session.Refusal
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &fromLab):
		return fromLab.Code
	case errors.Is(err, context.Canceled), errors.Is(err, ui.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &refused), errors.Is(err, kmod.ErrNotLoaded), errors.Is(err, kmod.ErrPermission):
		return exitRefused
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitError
}

// sentence is what an error has to say, "" where that was said or goes without saying.
func sentence(err error) string {
	var e exit
	var fromLab *lab.ExitError
	switch {
	case err == nil, errors.As(err, &e):
		return ""
	case errors.Is(err, context.Canceled) && !errors.As(err, &fromLab):
		return ""
	}
	return err.Error()
}

// outcomeOf a command that ends with a code.
func outcomeOf(code int) session.Outcome {
	for _, o := range []session.Outcome{session.OutcomeDone, session.OutcomeRefused, session.OutcomeInterrupted} {
		if o.ExitCode() == code {
			return o
		}
	}
	return session.OutcomeFailed
}

// conclude prints the last line with --json. A command leaves in f.result what its error does not tell.
func (f *flags) conclude(cmd *cobra.Command, args []string, err error) {
	var usage usageError
	// Where a flag is wrong those behind it were not looked at.
	f.json = f.json || errors.As(err, &usage) && slices.Contains(args, "--json")
	if err == nil && isDocument(cmd) {
		return
	}
	res := f.result
	res.Kind, res.Time = session.KindResult, time.Now()
	if res.Outcome == "" {
		res.Outcome = outcomeOf(exitCode(err))
	}
	res.Reason = cmp.Or(res.Reason, sentence(err))
	f.print(res)
}

// isDocument says that a command printed a text for a person or a script for a shell, which ends where it ends.
func isDocument(cmd *cobra.Command) bool {
	for _, name := range []string{"help", "version"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			return true
		}
	}
	for ; cmd != nil; cmd = cmd.Parent() {
		switch cmd.Name() {
		case "help", "completion", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
			return true
		}
	}
	return false
}
