// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"spotos/lab/vm"
	"spotos/lab/wire"
)

const consoleHelp = "" +
	"Boots a kernel in a throw-away VM with a workload running, and shows the console. Leaving the console\n" +
	"ends the VM; so does ctrl-] pressed three times, whatever the guest does. Exit codes are those of lab exec."

// terminalEnv lists the variables that describe the terminal to programs; the guest gets the host's.
var terminalEnv = []string{"TERM", "COLORTERM", "NO_COLOR", "COLORFGBG", "LANG", "LC_ALL", "LC_CTYPE"}

func consoleCommand() *cobra.Command {
	var flags vmFlags
	var load trafficFlags
	var shell bool
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Try SPOTOS in a throw-away VM",
		Long:  consoleHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := flags.config()
			if err != nil {
				return &ExitError{CodeLabFailed, err}
			}
			config.Job.Dir = "/root"
			config.Job.Argv = []string{"spotos"}
			cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { // the console's flags, passed on to it in the VM
				if f.Changed && f.Name != "export" {
					config.Job.Argv = append(config.Job.Argv, "--"+f.Name+"="+f.Value.String())
				}
			})
			if err := exportTo(&config, cmd.InheritedFlags().Lookup("export")); err != nil {
				return &ExitError{CodeLabFailed, err}
			}
			if shell {
				config.Job.Argv = []string{"sh", "-l"}
			}
			config.Job.Traffic = load.commandLine()
			for _, name := range terminalEnv {
				if value, set := os.LookupEnv(name); set {
					config.Job.Env = append(config.Job.Env, name+"="+value)
				}
			}
			// run alone handles signals: the exit code says which one it was.
			return verdict(runOnTerminal(context.WithoutCancel(cmd.Context()), config))
		},
	}
	flags.register(cmd.Flags())
	load.register(cmd.Flags())
	cmd.Flags().BoolVar(&shell, "shell", false, "give a shell instead of the console")
	return cmd
}

// exportTo lets the console in the VM write to a directory of the host.
func exportTo(config *vm.Config, flag *pflag.Flag) error {
	if flag == nil || !flag.Changed {
		return nil
	}
	dir, err := filepath.Abs(flag.Value.String())
	if err != nil {
		return fmt.Errorf("reading --export: %w", err)
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", dir)
	}
	if err != nil {
		return fmt.Errorf("reading --export: %w", err)
	}
	config.Export = dir
	config.Job.Argv = append(config.Job.Argv, "--export="+dir)
	return nil
}

var errEscaped = errors.New("stopped by ctrl-]")

// runOnTerminal runs the VM with its console line on this terminal, which is raw until it returns.
func runOnTerminal(ctx context.Context, config vm.Config) (*vm.Result, error) {
	in, out := os.Stdin.Fd(), os.Stdout.Fd()
	if !term.IsTerminal(in) || !term.IsTerminal(out) {
		return nil, errors.New("showing the console: standard input and output must be a terminal; spotos lab exec runs a " +
			"command without one")
	}
	size, err := terminalSize(out)
	if err != nil {
		return nil, err
	}
	saved, err := term.MakeRaw(in)
	if err != nil {
		return nil, fmt.Errorf("making the terminal raw: %w", err)
	}
	defer term.Restore(in, saved)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	config.Job.Console = &size
	start := newBooting(os.Stdout, "Booting "+config.Kernel.Release)
	defer start.end()
	config.Stdin = &escape{from: os.Stdin, pressed: func() { cancel(errEscaped) }, heard: start.over}
	config.Stdout = start
	config.Resizes = watchSize(ctx, out)
	return run(ctx, config)
}

func terminalSize(fd uintptr) (wire.Size, error) {
	cols, rows, err := term.GetSize(fd)
	if err != nil {
		return wire.Size{}, fmt.Errorf("asking the terminal's size: %w", err)
	}
	return wire.Size{Rows: uint16(rows), Cols: uint16(cols)}, nil
}

// watchSize returns the terminal's sizes as they change.
func watchSize(ctx context.Context, fd uintptr) <-chan wire.Size {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	sizes := make(chan wire.Size)
	go func() {
		defer signal.Stop(changed)
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			size, err := terminalSize(fd)
			if err != nil {
				continue // the terminal has gone; a signal of its own reports that
			}
			select {
			case <-ctx.Done():
				return
			case sizes <- size:
			}
		}
	}()
	return sizes
}

const (
	escapeKey   = 0x1d // ctrl-]
	escapeTimes = 3
)

// escape passes keys on and detects the escape key pressed several times in a row. It drops keys that nobody hears yet:
// typed while the VM boots, they would reach a screen that the operator has not seen.
type escape struct {
	from    io.Reader
	pressed func()
	heard   func() bool
	times   int
}

func (e *escape) Read(p []byte) (int, error) {
	for {
		n, err := e.from.Read(p)
		for _, key := range p[:n] {
			e.times++
			if key != escapeKey {
				e.times = 0
			}
			if e.times == escapeTimes {
				e.pressed()
			}
		}
		if err != nil || e.heard() {
			return n, err
		}
	}
}
