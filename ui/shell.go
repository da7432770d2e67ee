// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// shellDoneMsg says that the operator is back.
type shellDoneMsg struct{ err error }

// shell gives the terminal to a shell until that ends: to look at what a patch changed, say. What is armed
// stays armed meanwhile. What ends the console ends the shell first.
func (m *Model) shell() tea.Cmd {
	switch {
	case m.opts.ReadOnly && m.player() != nil:
		m.refuse("This is a recording: what it changed is not on this machine.")
		return nil
	case m.opts.ReadOnly:
		m.refuse("Read-only: a shell could change something.")
		return nil
	}
	program := os.Getenv("SHELL")
	if program == "" {
		program = "/bin/sh"
	}
	// Interactive, so that it has a process group of its own: its ctrl-c is not the console's.
	cmd := exec.CommandContext(m.ctx, program, "-i")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	cmd.WaitDelay = endLimit
	return tea.Exec(&shellProcess{cmd, m.kernelLog}, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// gotShellDone takes note of the shell's end; its exit code is that of the last command in it, and no error.
func (m *Model) gotShellDone(done shellDoneMsg) {
	var ended *exec.ExitError
	if done.err != nil && !errors.As(done.err, &ended) {
		m.fail(done.err)
		return
	}
	m.inform("Back from the shell.")
}

// guest is a command that has the terminal while it runs. One that is killed cannot give it back, so it is taken.
type shellProcess struct {
	*exec.Cmd
	log *kernelLog
}

func (s *shellProcess) SetStdin(r io.Reader)  { s.Stdin = r }
func (s *shellProcess) SetStdout(w io.Writer) { s.Stdout = w }
func (s *shellProcess) SetStderr(w io.Writer) { s.Stderr = w }

// Run runs it, and puts the terminal's modes and its foreground process group back to what they were. Meanwhile the
// kernel may write on the terminal, as it does for any shell there.
func (s *shellProcess) Run() error {
	s.log.loud()
	return errors.Join(s.run(), s.log.quiet())
}

func (s *shellProcess) run() error {
	tty, ok := s.Stdin.(*os.File)
	if !ok {
		return s.Cmd.Run()
	}
	state, stateErr := term.GetState(tty.Fd())
	err := s.Cmd.Run()
	signal.Ignore(syscall.SIGTTOU) // which stops who sets a terminal from the background
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
	if stateErr == nil {
		_ = term.Restore(tty.Fd(), state)
	}
	return err
}
