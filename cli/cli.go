// SPDX-License-Identifier: GPL-2.0-only

// Package cli is the command line: it opens the console, and has a command for everything that the console does.
// Results go to standard output, messages to standard error. The README documents the exit codes.
package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"spotos/lab"
	"spotos/lab/wire"
	"spotos/patchset/fix"
	"spotos/session"
	"spotos/session/live"
	"spotos/ui"
)

// Version is the program's version. The build sets it.
var Version = "devel"

// Main runs the command line args, without the program's name, and returns the exit code. SIGINT, SIGTERM and SIGHUP
// end the command in good order.
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
	f.noteRaw(err)
	f.conclude(cmd, args, err)
	c := exitCode(err)
	if f.out.err != nil {
		note("writing the output: " + f.out.err.Error())
		return max(c, exitError)
	}
	return c
}

// command returns the root command with all others.
func (f *flags) command() *cobra.Command {
	kernel := fix.Running
	root := &cobra.Command{
		Use:   "spotos",
		Short: "Patch a running kernel at a proved safe point",
		Long: `Patches a running kernel at a proved safe point. Without a command it opens the console.

Exit codes: 0 done, or there was nothing to do; 1 error; 2 usage; 3 stuck at the deadline, nothing changed;
4 aborted by somebody else; 5 refused, with the reason; 130 interrupted by SIGINT, SIGTERM or SIGHUP: what it armed is
taken back, and nothing changed.

A variable (SPOTOS_TIMEOUT) or the configuration (timeout = "2m") can also set --patches, --journal, --interval,
--theme, --color, --ascii, --mouse, --layout, --captions, --export, --read-only, --strategy, --timeout, --nudge,
--patience and --cache. The command line overrides the variable, and the variable overrides the configuration.`,
		Version:       Version,
		SilenceErrors: true, SilenceUsage: true,
		Args: noArgs, PreRunE: f.load,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.console(cmd.Context(), kernel) },
	}
	root.SetOut(f.out.output) // help and scripts for shells are not made plain
	root.SetErr(os.Stderr)
	root.SetVersionTemplate("spotos {{.Version}}\n")
	f.add(root.PersistentFlags(), "patches", "journal", "interval", "read-only", "ascii", "theme", "color", "mouse",
		"layout", "captions", "export")
	f.add(root.Flags(), "strategy", "timeout", "nudge", "patience", "cache")
	root.Flags().StringVar(&kernel, "kernel", kernel, "kernel whose missing fixes the console lists and builds: its "+
		"release, or a `directory` of the lab's kernels")
	root.PersistentFlags().BoolVar(&f.json, "json", false, "print events, a line of JSON each, the result last")
	root.PersistentFlags().BoolVar(&f.verbose, "verbose", false,
		"print also what the compiler or the kernel said where something failed, and all of many reasons")
	root.PersistentFlags().StringVar(&f.config, "config", "", "configuration `file` (default "+configFile+")")
	f.complete(root)
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
				if shell.Name() == "powershell" { // nobody has it where this runs
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

// machine returns the machine as the settings have it.
func (f *flags) machine() (*live.Machine, error) {
	return live.NewMachine(live.MachineOptions{Patches: f.patches, Journal: f.journal,
		Interval: f.interval, ReadOnly: f.readOnly, AllHolders: f.allHolders})
}

// mayChange returns a refusal if --read-only is set.
func (f *flags) mayChange() error {
	if f.readOnly {
		return &session.Refusal{
			Reason: "read-only: nothing may be changed (--read-only, SPOTOS_READ_ONLY or the configuration)"}
	}
	return nil
}

// console opens the console on this machine, with the fixes that a kernel lacks.
func (f *flags) console(ctx context.Context, kernel string) error {
	m, err := f.machine()
	if err != nil {
		return err
	}
	return ui.Run(ctx, &fixer{m, f, kernel}, f.uiOptions(f.readOnly))
}

// uiOptions returns the settings of the console.
func (f *flags) uiOptions(readOnly bool) ui.Options {
	return ui.Options{ReadOnly: readOnly, Interval: f.interval,
		Theme: f.theme, Color: f.color, ASCII: f.ascii, Mouse: f.mouse, Captions: f.captions, Exports: f.export,
		Throwaway: os.Getenv(wire.InitEnv) == "1", Layout: f.chosenLayout(), KeepLayout: f.keepLayout(),
		Arm: session.ArmOptions{Strategy: f.strategy, Timeout: f.timeout, Nudge: f.nudge,
			Patience: f.patience}}
}
