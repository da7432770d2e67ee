// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spotos/lab/experiment"
	"spotos/lab/load"
	"spotos/lab/traffic"
	"spotos/lab/wire"
)

// experimentCommand returns the command that runs the experiment's trials where it stands.
func experimentCommand() *cobra.Command {
	var here bool
	cmd := &cobra.Command{
		Use:   "experiment FILE",
		Short: "Apply patches below servers under load, inside the VM, as a list of trials says, and print what was seen",
		Long: `Runs trials, which FILE has as a line of JSON each, and prints a line of JSON after each. A program or
module that is not there is named and left out. make experiments writes the list, and keeps and draws what was seen.`,
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if os.Getenv(wire.InitEnv) != "1" && !here {
				return &ExitError{codeRefused, errors.New("refusing to patch this machine again and again: experiment is for the " +
					"VM; --here runs it all the same")}
			}
			file, err := os.Open(args[0])
			if err != nil {
				return &ExitError{1, err}
			}
			defer file.Close()
			trials, err := experiment.ReadTrials(file)
			if err == nil {
				lines := json.NewEncoder(cmd.OutOrStdout())
				err = experiment.Run(cmd.Context(), trials, func(line string) { fmt.Fprintln(os.Stderr, line) },
					func(r *experiment.Result) error { return lines.Encode(r) })
			}
			if err != nil {
				return &ExitError{1, err}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&here, "here", false, "run outside the VM too")
	return cmd
}

// loadCommand returns the command of the experiment's clients, which it runs beside itself.
func loadCommand() *cobra.Command {
	var o load.Options
	var cgroup string
	cmd := &cobra.Command{
		Use:    "load",
		Short:  "Ask a server of this machine, and print for each line of input when each request began and how long it took",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cgroup != "" {
				if err := traffic.JoinCgroup(cgroup); err != nil {
					return &ExitError{1, err}
				}
			}
			l, err := load.Start(o)
			if err != nil {
				return &ExitError{1, err}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "ready")
			defer l.Stop()
			out := json.NewEncoder(cmd.OutOrStdout())
			for asked := bufio.NewScanner(cmd.InOrStdin()); asked.Scan(); {
				if err := out.Encode(l.Take()); err != nil {
					return &ExitError{1, err}
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&cgroup, "cgroup", "", "`name` of a cgroup to move into, so that it can be frozen alone")
	cmd.Flags().StringVar(&o.Protocol, "protocol", "http", "what it speaks: "+strings.Join(load.Protocols(), ", "))
	cmd.Flags().IntVar(&o.Port, "port", 8080, "port on 127.0.0.1")
	cmd.Flags().IntVar(&o.Connections, "connections", 4, "connections")
	cmd.Flags().DurationVar(&o.Think, "think", 2*time.Millisecond, "mean pause from an answer to the next request")
	return cmd
}
