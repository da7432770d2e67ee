// SPDX-License-Identifier: GPL-2.0-only

// Package cli is the command line: the console and everything it does as commands. Results go to standard
// output, messages to standard error; the exit codes are those of the README.
package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"spotos/lab"
	"spotos/session"
	"spotos/session/live"
	"spotos/ui"
)

// Version is set when the program is built.
var Version = "devel"

// Main runs the command line and returns the exit code.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	f := newFlags()
	root := f.command()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if text := sentence(err); text != "" {
		note(text)
	}
	f.conclude(cmd, args, err)
	c := exitCode(err)
	if f.out.err != nil {
		note("writing the output: " + f.out.err.Error())
		return max(c, exitError)
	}
	return c
}

func (f *flags) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "spotos",
		Short: "Patch a running kernel at a proved safe point",
		Long: `Patches a running kernel at a proved safe point. Without a command it is the console.

Exit codes: 0 done, also when it already was so; 1 error; 2 usage; 3 stuck at the deadline, nothing changed;
4 aborted; 5 refused, and why; 130 interrupted.

Each of --patches, --journal, --interval, --theme, --color, --ascii, --mouse, --read-only, --strategy, --timeout and
--nudge can also be set by a variable (SPOTOS_TIMEOUT) or in the configuration (timeout = "2m"). The command line goes
before the variable, the variable before the configuration.`,
		Version:       Version,
		SilenceErrors: true, SilenceUsage: true,
		Args: noArgs, PreRunE: f.load,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.console(cmd.Context()) },
	}
	root.SetOut(f.out.output) // help and scripts for shells go out as they are
	root.SetErr(os.Stderr)
	root.SetVersionTemplate("spotos {{.Version}}\n")
	f.add(root.PersistentFlags(), "patches", "journal", "interval", "read-only", "ascii", "theme", "color", "mouse")
	f.add(root.Flags(), "strategy", "timeout", "nudge")
	root.PersistentFlags().BoolVar(&f.json, "json", false, "print events, a line of JSON each, the result last")
	root.PersistentFlags().StringVar(&f.config, "config", "", "configuration `file` (default "+configFile+")")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(f.patchesCommand(), f.watchCommand(), f.holdersCommand(), f.switchCommand(session.Apply),
		f.switchCommand(session.Revert), f.abortCommand(), f.statusCommand(), f.journalCommand(), f.replayCommand(),
		f.patchCommand(), f.doctorCommand(), f.versionCommand(), manCommand(), lab.Command())
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, sub := range root.Commands() {
		switch sub.Name() {
		case "completion":
			sub.Args, sub.RunE = noArgs, onlySubcommands
			for _, shell := range sub.Commands() {
				if shell.Name() == "powershell" { // which nobody has where this runs
					sub.RemoveCommand(shell)
				}
			}
		case "help":
			sub.Args = aCommand
		}
	}
	usageOf(root)
	return root
}

func (f *flags) machine() (*live.Machine, error) {
	return live.NewMachine(live.MachineOptions{Patches: f.patches, Journal: f.journal, Interval: f.interval, ReadOnly: f.readOnly})
}

// mayChange is nil unless read-only was asked for.
func (f *flags) mayChange() error {
	if f.readOnly {
		return &session.Refusal{Reason: "read-only: nothing may be changed (--read-only, SPOTOS_READ_ONLY or the configuration)"}
	}
	return nil
}

func (f *flags) console(ctx context.Context) error {
	m, err := f.machine()
	if err != nil {
		return err
	}
	return ui.Run(ctx, m, f.uiOptions(f.readOnly))
}

func (f *flags) uiOptions(readOnly bool) ui.Options {
	return ui.Options{ReadOnly: readOnly, Interval: f.interval, Theme: f.theme, Color: f.color, ASCII: f.ascii, Mouse: f.mouse,
		Arm: session.ArmOptions{Strategy: f.strategy, Timeout: f.timeout, Nudge: f.nudge}}
}
