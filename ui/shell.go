// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"os"
	"os/exec"

	tea "charm.land/bubbletea/v2"
)

// shellDone says that the operator is back.
type shellDone struct{ err error }

// shell gives the terminal to a shell until that ends: to look at what a patch changed, say. What is armed
// stays armed meanwhile.
func (m *Model) shell() tea.Cmd {
	if m.opts.ReadOnly {
		m.refuse("Read-only: a shell could change something.")
		return nil
	}
	program := os.Getenv("SHELL")
	if program == "" {
		program = "/bin/sh"
	}
	// Interactive, so that it has a process group of its own: its ctrl-c is not the console's.
	cmd := exec.Command(program, "-i")
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return shellDone{err} })
}

// shellOver takes note of the shell's end; its exit code is that of the last command in it, and no error.
func (m *Model) shellOver(done shellDone) {
	if _, ended := done.err.(*exec.ExitError); done.err != nil && !ended {
		m.fail(done.err)
		return
	}
	m.say("Back from the shell.")
}
