// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// guardEnv tells a process that it is a guard.
const guardEnv = "SPOTOS_GUARD"

// guard is a process that freezes cgroups and thaws them again, whatever becomes of this one. It is started before
// it is needed: that takes longer than to freeze. The zero guard is one that was not started.
type guard struct {
	mu   sync.Mutex
	cmd  *exec.Cmd // nil: none runs
	in   io.WriteCloser
	out  *os.File
	said *bufio.Reader
}

// start has it run; it need not be ready yet.
func (g *guard) start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.run()
}

// ready has it run and waits until it takes orders.
func (g *guard) ready() error { return g.order("") }

// freeze freezes the cgroup of a directory for freezeLimit and a second at most.
func (g *guard) freeze(dir string) error { return g.order("freeze " + dir) }

// thaw does so without the guard if that was killed, say.
func (g *guard) thaw(dir string) error {
	err := g.order("thaw " + dir)
	if err == nil {
		return nil
	}
	return os.WriteFile(freezeFile(dir), []byte("0"), 0)
}

func freezeFile(dir string) string { return filepath.Join(dir, "cgroup.freeze") }

// stop ends it; it thaws what is frozen.
func (g *guard) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cmd != nil {
		g.end()
	}
}

func (g *guard) end() {
	g.in.Close()
	cmd := g.cmd
	hung := time.AfterFunc(guardLimit, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	hung.Stop()
	g.out.Close()
	g.cmd = nil
}

func (g *guard) run() error {
	if g.cmd != nil {
		return nil
	}
	root, err := os.Open(cgroupRoot)
	if err != nil {
		return fmt.Errorf("opening the root of the control groups: %w", err)
	}
	defer root.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), guardEnv+"=1")
	// A session of its own: no hangup, no ctrl-c. And not in the console's cgroup: whoever kills all of that, as
	// systemd or a lack of memory may, must not leave the other frozen.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(root.Fd())}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, said, err := os.Pipe()
	if err != nil {
		in.Close()
		return err
	}
	defer said.Close()
	cmd.Stdout = said
	if err := cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return fmt.Errorf("starting what thaws it again: %w", err)
	}
	g.cmd, g.in, g.out, g.said = cmd, in, out, bufio.NewReader(out)
	return nil
}

// order gives a line and takes one, which says what went wrong, if anything.
func (g *guard) order(line string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.run(); err != nil {
		return err
	}
	_ = g.out.SetReadDeadline(time.Now().Add(guardLimit))
	_, err := fmt.Fprintln(g.in, line)
	answer := ""
	if err == nil {
		answer, err = g.said.ReadString('\n')
	}
	if err != nil {
		_ = g.cmd.Process.Kill() // it may be stopped, and would freeze later what nobody expects
		g.end()
		return fmt.Errorf("the process that freezes and thaws does not answer: %w", err)
	}
	if answer = strings.TrimSpace(answer); answer != "" {
		return errors.New(answer)
	}
	return nil
}
