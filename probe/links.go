// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// eachTracing calls fn for each program that the kernel has attached to the entry or the exit of a function. It leaves
// out one that is being attached just now, which the kernel does not show yet, and that takes as long as a second.
func eachTracing(fn func(id link.ID, t *link.TracingInfo) error) error {
	for id := link.ID(0); ; {
		next, err := nextLink(id)
		switch {
		case errors.Is(err, unix.ENOENT):
			return nil
		case err != nil:
			return fmt.Errorf("listing the attached programs: %w", err)
		}
		id = next
		l, err := link.NewFromID(id)
		switch {
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EAGAIN): // gone meanwhile, or not there yet
			continue
		case err != nil:
			return fmt.Errorf("opening the attached program %d: %w", id, err)
		}
		info, err := l.Info()
		l.Close()
		if err != nil || info.Tracing() == nil {
			continue // of another type, some of which have no information
		}
		if err := fn(id, info.Tracing()); err != nil {
			return err
		}
	}
}

// nextLink returns the first id behind another, unix.ENOENT if there is none. The library's iterator ends at the first
// link that is being made.
func nextLink(id link.ID) (link.ID, error) {
	attr := struct{ start, next, flags uint32 }{start: uint32(id)}
	_, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_LINK_GET_NEXT_ID, uintptr(unsafe.Pointer(&attr)),
		unsafe.Sizeof(attr))
	if errno != 0 {
		return 0, errno
	}
	return link.ID(attr.next), nil
}
