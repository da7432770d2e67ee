// SPDX-License-Identifier: GPL-2.0-only

// Package namespace says whether this process sees the machine or only a part of it. The kernel module and the probes
// name processes as the machine does. In a PID namespace the same number means another process, and those outside
// cannot be seen at all; in a user namespace root has no right over the machine.
package namespace

import (
	"errors"
	"fmt"
	"io/fs"
)

// Kind is a kind of namespace, as /proc/self/ns names it.
type Kind string

// The kinds that matter here.
const (
	PID  Kind = "pid"
	User Kind = "user"
)

// own are the numbers of the machine's own namespaces. The kernel has them fixed.
var own = map[Kind]uint64{PID: 0xEFFFFFFC, User: 0xEFFFFFFD}

// ErrPart is returned by Whole in a namespace other than the machine's own.
var ErrPart = errors.New("this process is not in the machine's own namespace")

// Whole returns nil if this process is in the machine's own namespace of that kind, as /proc under root says. The error
// is ErrPart if it is in another, or says why that is unknown.
func Whole(root fs.FS, kind Kind) error {
	link, err := fs.ReadLink(root, "proc/self/ns/"+string(kind))
	if errors.Is(err, fs.ErrNotExist) {
		if _, none := fs.Stat(root, "proc/self/ns"); none == nil {
			return nil // this kernel has no namespaces of that kind
		}
	}
	if err != nil {
		return fmt.Errorf("reading in which namespace this process is: %w", err)
	}
	if link != fmt.Sprintf("%s:[%d]", kind, own[kind]) {
		return ErrPart
	}
	return nil
}

// Why returns why the machine cannot be patched or watched from here, and what to do; "" for both if it can.
func Why(root fs.FS) (why, do string) {
	pid, user := Whole(root, PID), Whole(root, User)
	switch {
	case errors.Is(pid, ErrPart):
		return "it runs in a PID namespace, so it cannot see the processes outside and takes others for them",
			"run it on the machine itself, or in a container that shares its processes (--pid=host)"
	case errors.Is(user, ErrPart):
		return "it runs in a user namespace, whose root has no right over the machine", "run it as root of the machine"
	case pid != nil || user != nil:
		return errors.Join(pid, user).Error(), "mount /proc: mount -t proc proc /proc"
	}
	return "", ""
}
