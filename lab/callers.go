// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"spotos/lab/bench"
	"spotos/lab/wire"
)

// callersCommand returns the command that the benchmark "peers" runs beside itself.
func callersCommand() *cobra.Command {
	var c bench.Company
	cmd := &cobra.Command{
		Use:    "callers",
		Short:  "Call pair_target again and again, inside the VM, until the input ends, and print what the calls noticed",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Getenv(wire.InitEnv) != "1" {
				return &ExitError{codeRefused, errors.New("refusing to load this machine: callers are for the VM")}
			}
			if err := bench.Callers(c, cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
				return &ExitError{1, err}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&c.Callers, "callers", 1, "threads that call")
	cmd.Flags().DurationVar(&c.Inside, "inside", 200*time.Millisecond, "time of a call; 0: until the end")
	cmd.Flags().DurationVar(&c.Pause, "pause", 10*time.Millisecond, "time from a call to the next")
	cmd.Flags().IntVar(&c.Sleepers, "sleepers", 0, "threads that sleep beside them")
	return cmd
}
