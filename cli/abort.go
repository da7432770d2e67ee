// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"spotos/session"
)

// abortCommand returns the command abort.
func (f *flags) abortCommand() *cobra.Command {
	return &cobra.Command{Use: "abort [PATCH]", Short: "Take back an arming that another process made", PreRunE: f.load,
		Long: `Takes back an arming that another process made: a spotos apply or revert, or a console.
That process ends its operation as aborted (exit 4), and nothing has changed. Without a patch's name it takes back any
arming. If nothing is armed, it says so and exits with 0; the outcome of --json is then "done", else "aborted".`,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: f.completeOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.mayChange(); err != nil {
				return err
			}
			m, err := f.machine()
			if err != nil {
				return err
			}
			patch := ""
			if len(args) == 1 {
				patch = args[0]
			}
			patch, err = m.Abort(cmd.Context(), patch)
			f.result.Patch = patch
			text := patch + ": aborted"
			switch {
			case errors.Is(err, session.ErrNothingArmed):
				text = err.Error()
				f.result.Reason = text
			case err != nil:
				return err
			default:
				f.result.Outcome = session.OutcomeAborted
			}
			if !f.json {
				fmt.Fprintln(f.out, text)
			}
			return nil
		}}
}
