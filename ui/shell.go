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

// shellDoneMsg reports that the shell has ended.
type shellDoneMsg struct{ err error }

// shell gives the terminal to a shell until the shell exits, for example to check what a patch changed. What is armed
// stays armed meanwhile. Whatever ends the console ends the shell first.
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
	// Interactive, so that the shell has a process group of its own: its ctrl-c does not reach the console.
	cmd := exec.CommandContext(m.ctx, program, "-i")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	cmd.WaitDelay = endLimit
	return tea.Exec(&shellProcess{cmd, m.kernelLog}, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// gotShellDone shows that the shell has ended. Its exit code is that of its last command, and so no error.
func (m *Model) gotShellDone(msg shellDoneMsg) tea.Cmd {
	var exit *exec.ExitError
	if msg.err != nil && !errors.As(msg.err, &exit) {
		m.fail(msg.err)
		return nil
	}
	m.inform("Back from the shell.")
	if m.live == nil {
		return nil
	}
	return m.pastCmd(m.live.told) // what was done there
}

// shellProcess is a command that owns the terminal while it runs. A killed command cannot give the terminal back, so
// Run takes it.
type shellProcess struct {
	*exec.Cmd
	log *kernelLog
}

func (s *shellProcess) SetStdin(r io.Reader)  { s.Stdin = r }
func (s *shellProcess) SetStdout(w io.Writer) { s.Stdout = w }
func (s *shellProcess) SetStderr(w io.Writer) { s.Stderr = w }

// Run runs the command, then restores the terminal's modes and foreground process group. Meanwhile the kernel may
// write on the terminal, as it does for any shell there.
func (s *shellProcess) Run() error {
	s.log.loud()
	return errors.Join(s.run(), s.log.quiet())
}

// run runs the command and restores the terminal.
func (s *shellProcess) run() error {
	tty, ok := s.Stdin.(*os.File)
	if !ok {
		return s.Cmd.Run()
	}
	state, stateErr := term.GetState(tty.Fd())
	err := s.Cmd.Run()
	signal.Ignore(syscall.SIGTTOU) // the kernel sends it to a background process that sets a terminal
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
	if stateErr == nil {
		_ = term.Restore(tty.Fd(), state)
	}
	return err
}
