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

// places are the directories that a command's arguments may name.
type places struct{ dir, kept string }

// command returns a command with its places filled in, to be run in the trial's directory.
func (p places) command(user uint32, words []string) *exec.Cmd {
	args := make([]string, len(words)-1)
	for i, arg := range words[1:] {
		args[i] = strings.NewReplacer("DIR", p.dir, "KEPT", p.kept).Replace(arg)
	}
	cmd := exec.Command(words[0], args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: user, Gid: user}}
	return cmd
}

// startProcess starts a program in the cgroup of a name.
func startProcess(at places, group string, user uint32, command []string) (*process, error) {
	p := &process{ended: make(chan struct{}), group: filepath.Join("/sys/fs/cgroup", group)}
	if err := os.MkdirAll(p.group, 0o755); err != nil {
		return nil, fmt.Errorf("making a cgroup for %s: %w", command[0], err)
	}
	cgroup, err := os.Open(p.group)
	if err != nil {
		return nil, fmt.Errorf("making a cgroup for %s: %w", command[0], err)
	}
	defer cgroup.Close()
	p.cmd = at.command(user, command)
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr.UseCgroupFD, p.cmd.SysProcAttr.CgroupFD = true, int(cgroup.Fd())
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

// listens reports whether somebody listens on a port.
func listens(port int, datagrams bool) (bool, error) {
	kind, state := "tcp", " 0A "
	if datagrams {
		kind, state = "udp", " 07 "
	}
	for _, file := range []string{"/proc/net/" + kind, "/proc/net/" + kind + "6"} {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, fmt.Sprintf(":%04X ", port)) && strings.Contains(line, state) {
				return true, nil
			}
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
