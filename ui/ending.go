// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"

	"spotos/internal/safego"
)

// The ways out. A signal, a panic anywhere and a line that takes no more all come to the same: the terminal is
// given back as far as it can be, then the operation is closed. The kernel takes an arming back in any case once
// the process is gone, so nothing here may keep it from ending.

// endLimit is how long the screen may take to be given back, and after a panic the operation to be closed: a lock
// may be held for ever then.
const endLimit = 3 * time.Second

// errStalled says that the last of the screen could not be written.
var errStalled = errors.New("the terminal takes no more output: what it shows is old")

type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() }

// cancelOnEnd ends the console on the signals that would kill it, SIGHUP of a lost line included, and on a panic
// in any goroutine.
func cancelOnEnd(cancel context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	release := safego.Catch(func(p *safego.Panic) { cancel(p) })
	safego.Start("signal waiter", func() {
		select {
		case s := <-signals:
			safego.Point("signal waiter")
			cancel(signalError{s})
		case <-done:
		}
	})
	return func() {
		signal.Stop(signals)
		close(done)
		release()
	}
}

// show runs the program. Where the line has stalled so that it cannot end, what the line did not take is dropped,
// which lets it go on; if that is in vain, the terminal's modes are put back from here.
func show(ctx context.Context, m *Model, opts Options) error {
	restore, drop := terminalOf(opts)
	var err error
	over := safego.Start("screen", func() { _, err = program(ctx, m, opts).Run() })
	select {
	case <-over:
		return err
	case <-ctx.Done():
	}
	for _, help := range []func(){drop, restore} {
		select {
		case <-over:
			return err
		case <-time.After(endLimit):
			help()
		}
	}
	return errStalled
}

// terminalOf returns what puts the terminal's modes back to those of now, and what drops the output under way.
func terminalOf(opts Options) (restore, drop func()) {
	restore, drop = func() {}, func() {}
	if f, ok := opts.Input.(*os.File); ok {
		if state, err := term.GetState(f.Fd()); err == nil {
			restore = func() { _ = term.Restore(f.Fd(), state) }
		}
	}
	if f, ok := opts.Output.(*os.File); ok {
		drop = func() { dropOutput(int(f.Fd())) }
	}
	return restore, drop
}

// dropOutput empties the terminal's output queue. A pseudo terminal does not wake who waits for room then; stopping
// and starting its output does.
func dropOutput(fd int) {
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOON)
}

// ending closes the operation in hand, and says what ended the program, which did so with err.
func (m *Model) ending(ctx context.Context, err error) error {
	var panicked *safego.Panic
	crashed := errors.As(context.Cause(ctx), &panicked) || errors.Is(err, tea.ErrProgramPanic)
	closeErr := m.close(crashed)
	var ended signalError
	switch {
	case errors.As(context.Cause(ctx), &panicked): // that of closing included
		os.Stderr.Write(panicked.Stack)
		return panicked
	case errors.As(context.Cause(ctx), &ended):
		return fmt.Errorf("%w: %s", ErrInterrupted, ended.Signal)
	case err != nil:
		return fmt.Errorf("running the console: %w", err)
	}
	return closeErr
}

// close closes the operation in hand, after the terminal was given back.
func (m *Model) close(crashed bool) error {
	if m.op == nil {
		return nil
	}
	var err error
	closed := safego.Start("closer", func() { err = m.op.Close() })
	var late <-chan time.Time
	if crashed {
		late = time.After(endLimit)
	}
	select {
	case <-closed:
		if err != nil {
			return fmt.Errorf("closing the operation: %w", err)
		}
	case <-late:
	}
	return nil
}

// guarded is cmd, with a panic in it told as one in any other goroutine.
func guarded(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		defer safego.Recover("command")
		safego.Point("command")
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = guarded(batch[i])
			}
		}
		return msg
	}
}
