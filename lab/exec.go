// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

const execHelp = `Boots a kernel in a throw-away VM and runs one command in it as root. Standard input, output and
error are the command's. The guest's boot log is printed only if the guest itself failed or its
kernel warned.

Exit code: the command's own (128+n if signal n ended it, 126 and 127 if it could not be run); 124 if
the guest's kernel warned, whatever the command said; 125 if the guest or the lab failed; 128+n if
signal n ended the lab.`

func execCommand() *cobra.Command {
	var flags vmFlags
	var dir string
	var copyCommand bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGS]",
		Short: "Run one command in the VM",
		Long:  execHelp,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := flags.config()
			if err != nil {
				return &ExitError{CodeLabFailed, err}
			}
			if config.Job.Dir, err = filepath.Abs(dir); err != nil {
				return &ExitError{CodeLabFailed, fmt.Errorf("reading --dir: %w", err)}
			}
			if copyCommand {
				config.Files[args[0]] = args[0]
			}
			config.Job.Argv = args
			config.Stdin, config.Stdout, config.Stderr = os.Stdin, os.Stdout, os.Stderr
			// run alone handles signals: the exit code says which one it was.
			ctx, cancel := limited(context.WithoutCancel(cmd.Context()), timeout)
			defer cancel()
			return verdict(run(ctx, config))
		},
	}
	flags.register(cmd.Flags())
	cmd.Flags().StringVar(&dir, "dir", "/", "working `directory` of the command in the VM")
	cmd.Flags().BoolVar(&copyCommand, "copy", false, "copy COMMAND's file from the host to the same path in the VM")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "stop the VM after this time (default: never)")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

var errTimeout = errors.New("the time given by --timeout is over")

func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, errTimeout)
}
