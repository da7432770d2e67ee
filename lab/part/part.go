// SPDX-License-Identifier: GPL-2.0-only

// Package part runs another process of this program beside a benchmark or an experiment.
package part

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Part is a process of this program's command lab, in a session of its own.
type Part struct {
	Cmd  *exec.Cmd
	In   io.WriteCloser // its standard input
	Said *bufio.Scanner // lines of its standard output
}

// Start starts the command "lab name". Its complaints go to this process' standard error. Kill or Cmd.Wait ends it.
func Start(name string, flags ...string) (*Part, error) {
	cmd := exec.Command("/proc/self/exe", append([]string{"lab", name}, flags...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Part{cmd, in, bufio.NewScanner(out)}
	p.Said.Buffer(nil, 1<<26)
	return p, nil
}

// Kill ends the process at once.
func (p *Part) Kill() error {
	err := p.Cmd.Process.Kill()
	_ = p.Cmd.Wait() // says that it was killed
	return err
}
