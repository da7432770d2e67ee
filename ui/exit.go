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

// The ways out. A signal, a panic in any goroutine and a line that accepts no more output all end the same way: the
// console restores the terminal as far as it can, then closes the operation. The kernel disarms in any case once the
// process is gone, so nothing here may keep the process from exiting.

// endLimit bounds how long restoring the screen may take and, after a panic, closing the operation: a goroutine that
// panicked may have left a lock taken for ever.
const endLimit = 3 * time.Second

// errStalled reports that the last of the screen could not be written.
var errStalled = errors.New("the terminal takes no more output: what it shows is old")

// signalError is the signal that ended the console.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() }

// cancelOnEnd cancels the console's context on a panic in any goroutine and on the signals that would kill the
// process, among them SIGHUP of a lost line. The cause is a *safego.Panic or a signalError. The caller calls stop
// once.
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

// runProgram runs the program until it ends. If ctx is cancelled and the program cannot end because the line has
// stalled, runProgram first discards the output under way, which lets the program go on; if that does not help, it
// restores the terminal's modes itself. Each step gets endLimit. It returns errStalled if the program never ended.
func runProgram(ctx context.Context, m *Model, opts Options) error {
	restore, discard := terminalOf(opts)
	var err error
	done := safego.Start("screen", func() { _, err = newProgram(ctx, m, opts).Run() })
	select {
	case <-done:
		return err
	case <-ctx.Done():
	}
	for _, rescue := range []func(){discard, restore} {
		select {
		case <-done:
			return err
		case <-time.After(endLimit):
			rescue()
		}
	}
	return errStalled
}

// terminalOf returns two functions: restore sets the terminal's modes back to the current ones, discard drops the
// output under way. Both do nothing where the input or output is no file.
func terminalOf(opts Options) (restore, discard func()) {
	restore, discard = func() {}, func() {}
	if f, ok := opts.Input.(*os.File); ok {
		if state, err := term.GetState(f.Fd()); err == nil {
			restore = func() { _ = term.Restore(f.Fd(), state) }
		}
	}
	if f, ok := opts.Output.(*os.File); ok {
		discard = func() { discardOutput(int(f.Fd())) }
	}
	return restore, discard
}

// discardInput drops the keys that were typed before the console was drawn: they were meant for something else.
func discardInput(input any) {
	if f, ok := input.(*os.File); ok {
		_ = unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCIFLUSH)
	}
}

// discardOutput empties the terminal's output queue. A pseudo terminal does not wake a writer that waits for room
// when its queue is emptied; stopping and starting its output does.
func discardOutput(fd int) {
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOON)
}

// finish closes the operation in hand and returns why the console ended; err is what the program returned. A panic's
// stack goes to standard error. A signal is returned as ErrInterrupted, wrapped.
func (m *Model) finish(ctx context.Context, err error) error {
	var panicked *safego.Panic
	crashed := errors.As(context.Cause(ctx), &panicked) || errors.Is(err, tea.ErrProgramPanic)
	m.jobEnded(crashed)
	m.openingEnded(crashed)
	closeErr := m.closeOperation(crashed)
	var interrupt signalError
	switch {
	case errors.As(context.Cause(ctx), &panicked): // also a panic while closing
		os.Stderr.Write(panicked.Stack)
		return panicked
	case errors.As(context.Cause(ctx), &interrupt):
		return fmt.Errorf("%w: %s", ErrInterrupted, interrupt.Signal)
	case err != nil:
		return fmt.Errorf("running the console: %w", err)
	}
	return closeErr
}

// closeOperation closes the operation in hand; the terminal is restored already. After a crash it waits for at most
// endLimit.
func (m *Model) closeOperation(crashed bool) error {
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

// guarded returns cmd with a panic in it reported like a panic in any other goroutine.
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
