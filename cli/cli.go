// SPDX-License-Identifier: GPL-2.0-only

// Package cli is the command line: the console and everything it does as commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"spotos/lab"
	"spotos/session"
	"spotos/ui"
)

// Version is set when the program is built.
var Version = "devel"

// Exit codes, as documented in the README.
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

type flags struct {
	patches, journal string
	interval         time.Duration
	json             bool
	strategy, nudge  string
	timeout          time.Duration
	readOnly, ascii  bool
	theme, color     string
}

// Main runs the command line and returns the exit code.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	root := command()
	root.SetArgs(args)
	return code(root.ExecuteContext(ctx))
}

// code says what an error means to the shell, and says the error.
func code(err error) int {
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
		if fromLab.Error() != "" {
			fmt.Fprintln(os.Stderr, "spotos:", fromLab)
		}
		return fromLab.Code
	}
	fmt.Fprintln(os.Stderr, "spotos:", err)
	switch {
	case errors.Is(err, ui.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitError
}

type usageError struct{ error }

func command() *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:           "spotos",
		Short:         "Patch a running kernel at a proved safe point",
		Version:       Version,
		SilenceErrors: true, SilenceUsage: true,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.console(cmd.Context()) },
	}
	p := root.PersistentFlags()
	p.StringVar(&f.patches, "patches", "/lib/spotos/patches", "`directory` of the catalogue")
	p.StringVar(&f.journal, "journal", "/var/log/spotos/journal.jsonl", "`file` that events are kept in; '' for none")
	p.DurationVar(&f.interval, "interval", 500*time.Millisecond, "time between samples")
	p.BoolVar(&f.json, "json", false, "print events, a line of JSON each, the result last")
	p.BoolVar(&f.readOnly, "read-only", false, "take away everything that changes the machine")
	p.BoolVar(&f.ascii, "ascii", false, "draw with ASCII only")
	p.StringVar(&f.theme, "theme", "", "colours of the console")
	p.StringVar(&f.color, "color", "", "auto, always or never")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(f.patchesCommand(), f.switchCommand(session.Apply), f.switchCommand(session.Revert),
		f.watchCommand(), f.holdersCommand(), f.statusCommand(), f.replayCommand(), f.doctorCommand(), lab.Command())
	return root
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("no command %q: see spotos help", args[0])}
	}
	return nil
}

func onePatch(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("name one patch: see spotos patches")}
	}
	return nil
}

func (f *flags) machine() (*session.Machine, error) {
	return session.NewMachine(session.MachineOptions{Patches: f.patches, Journal: f.journal, Interval: f.interval})
}

func (f *flags) console(ctx context.Context) error {
	m, err := f.machine()
	if err != nil {
		return err
	}
	return ui.Run(ctx, m, f.uiOptions(f.readOnly || !m.Capabilities().CanSwitch))
}

func (f *flags) uiOptions(readOnly bool) ui.Options {
	return ui.Options{ReadOnly: readOnly, Theme: f.theme, Color: f.color, ASCII: f.ascii,
		Arm: session.ArmOptions{Strategy: session.SafePointStrategy, Timeout: 30 * time.Second}}
}

func (f *flags) replayCommand() *cobra.Command {
	var speed float64
	cmd := &cobra.Command{Use: "replay FILE", Short: "Play a recorded run in the console", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := session.OpenReplay(args[0], session.ReplayOptions{Speed: speed})
			if err != nil {
				return err
			}
			return ui.Run(cmd.Context(), r, f.uiOptions(true))
		}}
	cmd.Flags().Float64Var(&speed, "speed", 1, "how many times as fast as it was")
	return cmd
}
