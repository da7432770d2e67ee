// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"os"
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"spotos/session"
)

// ErrInterrupted is returned, wrapped, when a signal ended the console.
var ErrInterrupted = errors.New("console ended by a signal")

// Run shows the console until it is quit, ctx ends or a signal comes. Whatever ends it, the terminal is
// given back, what is armed is taken back, and the operation in hand is closed.
func Run(ctx context.Context, console session.Console, opts Options) error {
	opts = opts.withDefaults()
	l, err := opts.skin()
	if err != nil {
		return err
	}
	if noTerminal(opts.Input) || noTerminal(opts.Output) {
		return ErrNoTerminal
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	m := newModel(ctx, console, opts, l)
	if f, ok := opts.Output.(*os.File); ok {
		if w, h, err := term.GetSize(f.Fd()); err == nil {
			m.setSize(w, h) // the first frame is drawn before the first message comes
		}
		m.kernelLog = kernelLogOf(f, printkPath)
		if err := m.kernelLog.quiet(); err != nil {
			m.fail(err)
		}
		defer m.kernelLog.loud()
	}
	stop := cancelOnEnd(cancel)
	defer stop()
	err = runProgram(ctx, m, opts)
	return m.finish(ctx, err)
}

// noTerminal tells whether end is a file that is no terminal. What is no file was made to be drawn on.
func noTerminal(end any) bool {
	f, ok := end.(*os.File)
	return ok && !term.IsTerminal(f.Fd())
}

func newProgram(ctx context.Context, m *Model, opts Options) *tea.Program {
	return tea.NewProgram(m,
		tea.WithContext(ctx),
		tea.WithInput(opts.Input),
		tea.WithOutput(opts.Output),
		// SSH_TTY keeps Bubble Tea from asking the terminal for modes: a line that does not answer would
		// show the question, and one that answers late would type the answer into the next program.
		tea.WithEnvironment(append(slices.Clone(opts.Environ), "SSH_TTY=1", "TERM_PROGRAM=spotos")),
		tea.WithColorProfile(colorprofile.ANSI),
		tea.WithFPS(framesPerSecond),
		tea.WithWindowSize(m.width, m.height), // where the output is no terminal that knows
		tea.WithoutSignalHandler(),
	)
}

// framesPerSecond is how often the renderer looks for a change, so that a key shows within 50 ms. Pictures of events are
// made at most as often as Options.Interval says, which is ten times a second or less.
const framesPerSecond = 25
