// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"spotos/session"
)

// ErrInterrupted is returned by Run, wrapped, when a signal ended the console.
var ErrInterrupted = errors.New("console ended by a signal")

// Run shows the console until the operator quits, ctx ends or a signal comes. However it ends, it restores the
// terminal, disarms and closes the operation in hand. It returns ErrDumbTerminal and ErrNoTerminal before it has
// drawn anything, and ErrInterrupted, wrapped, after a signal. One process may have one Run at a time: Run handles
// the process's signals.
func Run(ctx context.Context, console session.Console, opts Options) error {
	opts = opts.withDefaults()
	sk, err := opts.skin()
	if err != nil {
		return err
	}
	if noTerminal(opts.Input) || noTerminal(opts.Output) {
		return ErrNoTerminal
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := newModel(ctx, console, opts, sk)
	if f, ok := opts.Output.(*os.File); ok {
		if w, h, err := term.GetSize(f.Fd()); err == nil {
			m.setSize(w, h) // Bubble Tea draws the first frame before it sends the size
		}
		m.kernelLog = kernelLogOf(f, printkPath)
		if err := m.kernelLog.quiet(); err != nil {
			m.fail(err)
		}
		defer m.kernelLog.loud()
	}
	discardInput(opts.Input)
	stop := cancelOnEnd(cancel)
	defer stop()
	err = runProgram(ctx, m, opts)
	if err == nil && ctx.Err() == nil { // the terminal is as it was before
		for _, line := range m.tickets.lines {
			fmt.Fprintln(opts.Output, line)
		}
	}
	return m.finish(ctx, err)
}

// noTerminal reports whether end is a file that is no terminal. A reader or writer that is no file is accepted.
func noTerminal(end any) bool {
	f, ok := end.(*os.File)
	return ok && !term.IsTerminal(f.Fd())
}

// newProgram returns the Bubble Tea program of m.
func newProgram(ctx context.Context, m *Model, opts Options) *tea.Program {
	return tea.NewProgram(m,
		tea.WithContext(ctx),
		tea.WithInput(opts.Input),
		tea.WithOutput(opts.Output),
		// SSH_TTY keeps Bubble Tea from querying the terminal's modes: a line that does not answer would
		// show the query, and one that answers late would type the answer into the next program.
		tea.WithEnvironment(append(slices.Clone(opts.Environ), "SSH_TTY=1", "TERM_PROGRAM=spotos")),
		tea.WithColorProfile(colorprofile.ANSI),
		tea.WithFPS(framesPerSecond),
		tea.WithWindowSize(m.width, m.height), // for an output that has no size of its own
		tea.WithoutSignalHandler(),
	)
}

// framesPerSecond is how often the renderer looks for a change, so that a key shows within 50 ms. Events change the
// picture at most as often as Options.Interval says, which is ten times a second or less.
const framesPerSecond = 25
