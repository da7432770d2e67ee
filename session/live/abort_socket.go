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

// runDir has a socket for each process that armed a patch, MODULE.PID.sock, by which another process asks it to
// take the arming back: the module ties an arming to the file that made it. The pid in the name keeps a process
// that ends from taking away the socket of the next one.
const runDir = "/run/spotos"

// askLimit bounds how long an owner may take to answer. Taking back waits for one attempt at most.
const askLimit = 30 * time.Second

const tookBack = "ok"

// listen answers those who want the arming taken back, until Close. Without the socket the operation goes on all
// the same: whoever wants it aborted is told to end this process.
func (o *operation) listen() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.door != nil || o.closing() || os.MkdirAll(runDir, 0o700) != nil {
		return
	}
	path := filepath.Join(runDir, fmt.Sprintf("%s.%d.sock", o.p.Module, os.Getpid()))
	_ = os.Remove(path) // of a process that had this pid and was killed
	door, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return
	}
	o.door = door
	safego.Go(&o.answerer, "answerer", func() {
		for {
			c, err := door.AcceptUnix()
			if err != nil {
				return
			}
			safego.Point("answerer")
			o.answer(c)
		}
	})
}

// stopListening ends what listen began; nobody begins it again.
func (o *operation) stopListening() {
	o.mu.Lock()
	door := o.door
	o.mu.Unlock()
	if door != nil {
		door.Close()
		o.answerer.Wait()
	}
}

// answer takes the arming back for whoever has connected.
func (o *operation) answer(c *net.UnixConn) {
	defer c.Close()
	o.setWhy("taken back by spotos abort" + peer(c))
	reply := tookBack
	if err := o.abort(); err != nil { // Close waits for the answer
		reply = err.Error()
	}
	_ = c.SetDeadline(time.Now().Add(askLimit))
	_, _ = io.WriteString(c, reply) // who asked looks at the module in any case
}

// peer says who asks.
func peer(c *net.UnixConn) string {
	raw, err := c.SyscallConn()
	if err != nil {
		return ""
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }) != nil || err != nil {
		return ""
	}
	return fmt.Sprintf(" (pid %d)", cred.Pid)
}

// Abort takes back an arming that another process made: of one patch, or with "" of whichever is armed. It
// returns the patch, and nil once the module says that it is no longer armed; ErrNothingArmed; a *Refusal for a
// name that is no patch.
func (m *Machine) Abort(_ context.Context, name string) (string, error) {
	list, err := Status()
	if err != nil && !errors.Is(err, kmod.ErrNotLoaded) {
		return name, err
	}
	known := name == ""
	for _, p := range list {
		known = known || patchset.ModuleName(p.Name) == patchset.ModuleName(name)
		if p.State != session.StateArmed && p.State != session.StateReverting {
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

// takeBack asks every process that has armed the patch, and then the module.
func takeBack(patch string) error {
	module := patchset.ModuleName(patch)
	var said []error
	for _, path := range doors(module) {
		if err := ask(path); err != nil {
			said = append(said, err)
		}
	}
	now := askModule()
	state := now.state(module)
	switch {
	case now.err != nil:
		return errors.Join(append(said, fmt.Errorf("whether patch %s is still armed is unknown: %w", patch, now.err))...)
	case state == session.StateArmed || state == session.StateReverting:
		return errors.Join(append([]error{fmt.Errorf("patch %s is armed by %s, which does not answer in %s: end it, its arming goes with it",
			patch, strings.Join(deviceUsers(), ", "), runDir)}, said...)...)
	case len(said) > 0:
		return fmt.Errorf("patch %s is %s: %w", patch, state, errors.Join(said...))
	}
	return nil
}

// doors are the sockets of those who armed a patch; some may be of processes that were killed.
func doors(module string) []string {
	paths, _ := filepath.Glob(filepath.Join(runDir, module+".*.sock"))
	return paths
}

// ask has one process take back its arming.
func ask(path string) error {
	c, err := net.DialTimeout("unix", path, askLimit)
	if errors.Is(err, unix.ECONNREFUSED) {
		_ = os.Remove(path) // its process was killed
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

// deviceUsers names the processes that have the module's device open, other than this one.
func deviceUsers() []string {
	var users []string
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		proc := filepath.Dir(filepath.Dir(link))
		if err != nil || target != kmod.Path || filepath.Base(proc) == fmt.Sprint(os.Getpid()) {
			continue
		}
		comm, _ := os.ReadFile(filepath.Join(proc, "comm"))
		users = append(users, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), filepath.Base(proc)))
	}
	if len(users) == 0 {
		return []string{"a process that cannot be seen from here"}
	}
	return users
}
