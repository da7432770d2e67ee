// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"spotos/lab/wire"
)

// stdio connects a command's standard files.
type stdio interface {
	fds() []uintptr // of the command
	attributes() *syscall.SysProcAttr
	started()              // the command has its own copies, or was never made
	complaints() io.Writer // for the reason why it was never made
	finish() (stdout, stderr int64, err error)
}

func openStdio(job *wire.Job) (stdio, error) {
	if job.Console == nil {
		return openPipes()
	}
	return openTerminal(*job.Console)
}

// pipes lead to the ports. The command gets pipes, not the ports themselves: those can be opened
// only once, so /dev/stderr would not work, and have no end of file.
type pipes struct {
	stdin          *os.File // the command's end
	stdout, stderr *flow
}

// flow copies a pipe to a port.
type flow struct {
	in, out *os.File // the pipe: the command writes to in
	port    *os.File
	done    sync.WaitGroup
	n       int64
	err     error
}

func openPipes() (*pipes, error) {
	stdin, err := openPort(wire.PortStdin)
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	go func() {
		defer in.Close()
		if err := wire.ReceiveChunks(in, stdin); err != nil {
			fmt.Fprintf(os.Stderr, "spotos lab: %v\n", err)
		}
	}()
	p := &pipes{stdin: out}
	if p.stdout, err = openFlow(wire.PortStdout); err != nil {
		return nil, err
	}
	p.stderr, err = openFlow(wire.PortStderr)
	return p, err
}

func openFlow(name string) (*flow, error) {
	port, err := openPort(name)
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	f := &flow{in: in, out: out, port: port}
	f.done.Go(func() {
		// Not io.Copy: splicing into a port takes a page at a time.
		f.n, f.err = io.CopyBuffer(struct{ io.Writer }{port}, struct{ io.Reader }{out}, make([]byte, 64<<10))
	})
	return f, nil
}

func (p *pipes) fds() []uintptr {
	return []uintptr{p.stdin.Fd(), p.stdout.in.Fd(), p.stderr.in.Fd()}
}

func (p *pipes) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
func (p *pipes) complaints() io.Writer            { return p.stderr.in }

func (p *pipes) started() {
	p.stdin.Close()
	p.stdout.in.Close()
	p.stderr.in.Close()
}

func (p *pipes) finish() (stdout, stderr int64, err error) {
	for _, f := range []*flow{p.stdout, p.stderr} {
		f.done.Wait()
		if f.err != nil {
			return 0, 0, fmt.Errorf("passing output on: %w", f.err)
		}
	}
	return p.stdout.n, p.stderr.n, nil
}
