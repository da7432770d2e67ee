// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// program is what a nudge asks of a process once, however many of its threads are holders.
type program struct {
	pid, fd int          // fd refers to the process; -1: it was not needed yet
	narrow  func() bool  // whether it is a 32-bit one: its system calls have other numbers
	borrows func() error // why no socket may be borrowed from it
}

// programs are those that a nudge has met, by pid. close them.
type programs map[int]*program

func (all programs) of(pid int) *program {
	p, ok := all[pid]
	if !ok {
		dir := fmt.Sprintf("/proc/%d/", pid)
		p = &program{pid: pid, fd: -1,
			narrow:  sync.OnceValue(func() bool { return narrow(dir) }),
			borrows: sync.OnceValue(func() error { return classified(dir) }),
		}
		all[pid] = p
	}
	return p
}

func (all programs) close() {
	for _, p := range all {
		if p.fd >= 0 {
			unix.Close(p.fd)
		}
	}
}

func narrow(dir string) bool {
	f, err := os.Open(dir + "exe")
	if err != nil {
		return false
	}
	defer f.Close()
	var ident [elf.EI_NIDENT]byte
	_, err = f.ReadAt(ident[:], 0)
	return err == nil && elf.Class(ident[elf.EI_CLASS]) == elf.ELFCLASS32
}

var errClassified = errors.New("borrowing a socket would change its class in cgroups of version 1")

// classified returns an error where the process is in a cgroup of version 1 that classes sockets: who takes a socket
// over gives it the class of his own.
func classified(dir string) error {
	groups, err := os.ReadFile(dir + "cgroup")
	if err == nil && (strings.Contains(string(groups), "net_cls") || strings.Contains(string(groups), "net_prio")) {
		return errClassified
	}
	return err
}

// timeLimit reports whether a descriptor of the process is a socket with a time limit. It borrows the socket for that,
// since nothing else shows it. It borrows no other file: closing one may write it out, and wait for that.
func (p *program) timeLimit(fd, option int) (bool, error) {
	what, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", p.pid, fd))
	if err != nil || !strings.HasPrefix(what, "socket:") {
		return false, err
	}
	if err := p.borrows(); err != nil {
		return false, err
	}
	if p.fd < 0 {
		if p.fd, err = unix.PidfdOpen(p.pid, 0); err != nil {
			return false, err
		}
	}
	socket, err := unix.PidfdGetfd(p.fd, fd, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(socket)
	limit, err := unix.GetsockoptTimeval(socket, unix.SOL_SOCKET, option)
	if err != nil {
		return false, err
	}
	return limit.Sec != 0 || limit.Usec != 0, nil
}
