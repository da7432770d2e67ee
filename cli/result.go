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

// Exit codes, as the README documents them. Those of an operation are in session.Outcome.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitRefused     = 5
	exitInterrupted = 130
)

// exit is an error that ends the program with a code. Its message has been printed already.
type exit struct{ code int }

func (e exit) Error() string { return fmt.Sprintf("exit %d", e.code) }

// exitCode returns the exit code for an error of a command.
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

// sentence returns the message of an error, "" if it has been printed already or nobody needs it.
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

// outcomeOf returns the outcome of a command that is no operation, by its exit code.
func outcomeOf(code int) session.Outcome {
	for _, o := range []session.Outcome{session.OutcomeDone, session.OutcomeRefused, session.OutcomeInterrupted} {
		if o.ExitCode() == code {
			return o
		}
	}
	return session.OutcomeFailed
}

// conclude prints the result, the last line of --json. A command puts into f.result what its error does not say.
func (f *flags) conclude(cmd *cobra.Command, args []string, err error) {
	var usage usageError
	// The parser stops at a wrong flag, and has not read the flags behind it.
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

// isDocument reports whether the command printed a text for a person or a script for a shell. No result follows those.
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
