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

// shellDone says that the operator is back.
type shellDone struct{ err error }

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
	return tea.Exec(&guest{cmd, m.kernelLog}, func(err error) tea.Msg { return shellDone{err} })
}

// shellOver takes note of the shell's end; its exit code is that of the last command in it, and no error.
func (m *Model) shellOver(done shellDone) {
	var ended *exec.ExitError
	if done.err != nil && !errors.As(done.err, &ended) {
		m.fail(done.err)
		return
	}
	m.say("Back from the shell.")
}

// guest is a command that has the terminal while it runs. One that is killed cannot give it back, so it is taken.
type guest struct {
	*exec.Cmd
	log *kernelLog
}

func (g *guest) SetStdin(r io.Reader)  { g.Stdin = r }
func (g *guest) SetStdout(w io.Writer) { g.Stdout = w }
func (g *guest) SetStderr(w io.Writer) { g.Stderr = w }

// Run runs it, and puts the terminal's modes and its foreground process group back to what they were. Meanwhile the
// kernel may write on the terminal, as it does for any shell there.
func (g *guest) Run() error {
	g.log.loud()
	return errors.Join(g.run(), g.log.quiet())
}

func (g *guest) run() error {
	tty, ok := g.Stdin.(*os.File)
	if !ok {
		return g.Cmd.Run()
	}
	state, stateErr := term.GetState(tty.Fd())
	err := g.Cmd.Run()
	signal.Ignore(syscall.SIGTTOU) // which stops who sets a terminal from the background
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp())
	if stateErr == nil {
		_ = term.Restore(tty.Fd(), state)
	}
	return err
}
