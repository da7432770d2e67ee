// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a server or a load generator: in a session and a cgroup of its own, which can be frozen by itself.
type process struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{} // is closed once it has ended
	group string
}

// startProcess starts a program in a directory, in the cgroup of a name.
func startProcess(dir, group string, command []string) (*process, error) {
	p := &process{ended: make(chan struct{}), group: filepath.Join("/sys/fs/cgroup", group)}
	if err := os.MkdirAll(p.group, 0o755); err != nil {
		return nil, fmt.Errorf("making a cgroup for %s: %w", command[0], err)
	}
	cgroup, err := os.Open(p.group)
	if err != nil {
		return nil, fmt.Errorf("making a cgroup for %s: %w", command[0], err)
	}
	defer cgroup.Close()
	args := make([]string, len(command)-1)
	for i, arg := range command[1:] {
		args[i] = strings.ReplaceAll(arg, "DIR", dir)
	}
	p.cmd = exec.Command(command[0], args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a server or its load: %w", err)
	}
	go func() {
		_ = p.cmd.Wait() // it is ended by a signal
		close(p.ended)
	}()
	return p, nil
}

// alive returns an error with what it said if it has ended.
func (p *process) alive() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s has ended by itself: %s", p.cmd.Path, strings.TrimSpace(p.said.String()))
	default:
		return nil
	}
}

// stop kills it with all that it has started, and waits until nothing is left of them.
func (p *process) stop() error {
	if err := os.WriteFile(filepath.Join(p.group, "cgroup.kill"), []byte("1"), 0); err != nil {
		return fmt.Errorf("ending %s: %w", p.cmd.Path, err)
	}
	<-p.ended
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := os.Remove(p.group)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("ending %s: %w", p.cmd.Path, err)
		}
	}
}

// listens reports whether somebody listens on a port of the loopback or of all addresses.
func listens(port int, datagrams bool) (bool, error) {
	file, state := "/proc/net/tcp", " 0A "
	if datagrams {
		file, state = "/proc/net/udp", " 07 "
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, fmt.Sprintf(":%04X ", port)) && strings.Contains(line, state) {
			return true, nil
		}
	}
	return false, nil
}

// awaitPort waits until a server listens.
func (p *process) awaitPort(port int, datagrams bool) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		ready, err := listens(port, datagrams)
		if ready || err != nil {
			return err
		}
		if err := p.alive(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not listen on port %d", p.cmd.Path, port)
		}
	}
}
