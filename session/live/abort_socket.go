// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/safego"
	"spotos/kmod"
	"spotos/patchset"
	"spotos/session"
)

// runDir contains a socket MODULE.PID.sock for each process that armed a patch. Another process connects to it to have
// the arming taken back, since the module ties an arming to the file that made it. The pid in the name keeps a process
// that ends from removing the socket of the next one.
const runDir = "/run/spotos"

// askLimit bounds the time that an owner may take to answer. Taking back waits for one attempt at most.
const askLimit = 30 * time.Second

// tookBack is the reply of an owner that has taken its arming back; any other reply is an error's text.
const tookBack = "ok"

// listen opens the socket, and takes the arming back for any process that connects, until Close. Without the socket the
// operation goes on all the same: spotos abort then says to end this process.
func (o *operation) listen() {
	o.mu.Lock()
	defer o.mu.Unlock()
	path := filepath.Join(runDir, fmt.Sprintf("%s.%d.sock", o.p.Module, os.Getpid()))
	if o.socket != nil {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // its time says since when it is armed
		return
	}
	if o.closing() || os.MkdirAll(runDir, 0o700) != nil {
		return
	}
	_ = os.Remove(path) // left by a process that had this pid and was killed
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return
	}
	o.socket = socket
	safego.Go(&o.answerer, "answerer", func() {
		for {
			c, err := socket.AcceptUnix()
			if err != nil {
				return
			}
			safego.Point("answerer")
			o.answer(c)
		}
	})
}

// stopListening closes the socket and waits for an answer under way. Close calls it; listen opens no socket after that.
func (o *operation) stopListening() {
	o.mu.Lock()
	socket := o.socket
	o.mu.Unlock()
	if socket != nil {
		socket.Close()
		o.answerer.Wait()
	}
}

// answer takes the arming back for the process that has connected, and replies.
func (o *operation) answer(c *net.UnixConn) {
	defer c.Close()
	o.armings.setWhy("taken back by spotos abort" + peer(c))
	reply := tookBack
	if err := o.abort(); err != nil { // Close waits for the answer
		reply = err.Error()
	}
	_ = c.SetDeadline(time.Now().Add(askLimit))
	_, _ = io.WriteString(c, reply) // the asker asks the module in any case
}

// peer returns " (pid N)" with the pid of the process that asks, "" if it is unknown.
func peer(c *net.UnixConn) string {
	raw, err := c.SyscallConn()
	if err != nil {
		return ""
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}) != nil || err != nil {
		return ""
	}
	return fmt.Sprintf(" (pid %d)", cred.Pid)
}

// Abort takes back an arming that another process made: that of the named patch, or with "" of any patch that is armed.
// It returns the patch's name, and nil once the module reports that it is no longer armed. The error is
// session.ErrNothingArmed, a *session.Refusal if no patch has that name, or says who has armed it and does not answer.
func (m *Machine) Abort(_ context.Context, name string) (string, error) {
	list, err := Status()
	if err != nil && !errors.Is(err, kmod.ErrNotLoaded) {
		return name, err
	}
	known := name == ""
	for _, p := range list {
		known = known || patchset.ModuleName(p.Name) == patchset.ModuleName(name)
		if !p.State.Armed() {
			continue
		}
		if name == "" || patchset.ModuleName(p.Name) == patchset.ModuleName(name) {
			return p.Name, takeBack(p.Name)
		}
	}
	if !known {
		patches, err := patchset.Dir(m.opts.Patches)
		if _, notFound := patchset.Find(patches, name); notFound != nil {
			return name, &session.Refusal{Reason: errors.Join(notFound, err).Error()}
		}
	}
	return name, session.ErrNothingArmed
}

// takeBack asks every process that has armed the patch to take that back, and then asks the module for the result.
func takeBack(patch string) error {
	module := patchset.ModuleName(patch)
	var errs []error
	for _, path := range sockets(module) {
		if err := ask(path); err != nil {
			errs = append(errs, err)
		}
	}
	now := askModule()
	state := now.state(module)
	switch {
	case now.err != nil:
		errs = append(errs, fmt.Errorf("whether patch %s is still armed is unknown: %w", patch, now.err))
		return errors.Join(errs...)
	case state.Armed():
		owner := strings.Join(deviceUsers(), ", ")
		silent := fmt.Errorf("patch %s is armed by %s, which does not answer in %s: "+
			"end that process, which takes its arming back", patch, owner, runDir)
		return errors.Join(append([]error{silent}, errs...)...)
	case len(errs) > 0:
		return fmt.Errorf("patch %s is %s: %w", patch, state, errors.Join(errs...))
	}
	return nil
}

// sockets returns the sockets of the processes that armed a patch. Some may be left by processes that were killed.
func sockets(module string) []string {
	paths, _ := filepath.Glob(filepath.Join(runDir, module+".*.sock"))
	return paths
}

// ask asks the process behind a socket to take its arming back, and waits for the reply.
func ask(path string) error {
	c, err := net.DialTimeout("unix", path, askLimit)
	if errors.Is(err, unix.ECONNREFUSED) {
		_ = os.Remove(path) // its process is gone
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking the process that armed it: %w", err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(askLimit))
	reply, err := io.ReadAll(c)
	if err != nil {
		return fmt.Errorf("asking the process that armed it: %w", err)
	}
	if text := string(reply); text != tookBack && text != kmod.ErrNotArmed.Error() {
		return errors.New(text)
	}
	return nil
}

// deviceUsers names the other processes that have the module's device open.
func deviceUsers() []string {
	var users []string
	links, _ := filepath.Glob(proc + "/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		dir := filepath.Dir(filepath.Dir(link))
		if err != nil || target != kmod.Path || filepath.Base(dir) == fmt.Sprint(os.Getpid()) {
			continue
		}
		if who := whoIs(os.DirFS(proc), filepath.Base(dir)); who != "" {
			users = append(users, who)
		}
	}
	if len(users) == 0 {
		return []string{"a process that cannot be seen from here"}
	}
	return users
}
