// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"spotos/lab/bench"
	"spotos/lab/wire"
)

// tickerCommand returns the command that the benchmark "stall" runs beside itself.
func tickerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "ticker",
		Short:  "Wake every millisecond, inside the VM, and print for each line read how late the latest wake-up was",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if os.Getenv(wire.InitEnv) != "1" {
				return &ExitError{codeRefused, errors.New("refusing to take real-time priority: the ticker is for the VM")}
			}
			if err := bench.Ticker(cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
				return &ExitError{1, err}
			}
			return nil
		},
	}
}
