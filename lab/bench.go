// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"spotos/lab/bench"
	"spotos/lab/wire"
)

func benchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "bench NAME...",
		Short: "Measure, inside the VM: " + strings.Join(bench.Names(), ", "),
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if os.Getenv(wire.InitEnv) != "1" {
				return &ExitError{codeRefused, errors.New("refusing to load this machine: bench is for the VM: spotos lab exec " +
					"-- spotos lab bench NAME")}
			}
			for _, name := range args {
				report, err := bench.Run(name)
				if err == nil {
					err = report.Print(cmd.OutOrStdout())
				}
				if err != nil {
					return &ExitError{1, err}
				}
			}
			return nil
		},
	}
}
