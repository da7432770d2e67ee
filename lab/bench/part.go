// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// part is another process of this program that a benchmark runs beside itself, in a session of its own.
type part struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Scanner
}

// startPart starts the command "lab name".
func startPart(name string, flags ...string) (*part, error) {
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
	p := &part{cmd, in, bufio.NewScanner(out)}
	p.said.Buffer(nil, 1<<24)
	return p, nil
}

func (p *part) kill() error {
	err := p.cmd.Process.Kill()
	_ = p.cmd.Wait() // says that it was killed
	return err
}
