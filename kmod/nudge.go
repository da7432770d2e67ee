// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"errors"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// HoldLimit is the longest time for which the module keeps a woken holder outside, if it was asked alone.
	HoldLimit = holdMS * time.Millisecond
	holdMore  = holdMoreUS * time.Microsecond // for each that was asked, while others still come out
)

// Hold returns the longest time for which the module keeps those outside that one call of Nudge woke.
func Hold(threads int) time.Duration {
	return HoldLimit + time.Duration(threads)*holdMore
}

// Nudge wakes holders as a signal would, all in the same instant, and keeps them from their user code until the
// operation ends: at most for Hold, and for HoldLimit only if no more come out. The result has an error for each that
// was not nudged: unix.ESRCH, there is no such thread, or unix.EPERM, it is a worker of io_uring. Init and threads of
// this process are nudged like others. A kernel thread is only woken, from an interruptible sleep.
func (d *Device) Nudge(tids []int) (map[int]error, error) {
	failed := map[int]error{}
	for some := range slices.Chunk(tids, maxNudges) {
		list := make([]nudge, len(some))
		for i, tid := range some {
			list[i].PID = int32(tid)
		}
		req := nudgesRequest{Nudges: uint64(uintptr(unsafe.Pointer(&list[0]))), Count: uint32(len(list))}
		err := d.ioctl("nudging", iocNudge, unsafe.Pointer(&req), list)
		if errors.Is(err, unix.ENOENT) {
			return failed, ErrNotArmed
		}
		if err != nil {
			return failed, err
		}
		for _, n := range list {
			if n.Error != 0 {
				failed[int(n.PID)] = unix.Errno(n.Error)
			}
		}
	}
	return failed, nil
}
