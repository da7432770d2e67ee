// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Directions of data in an ioctl number, as in asm-generic/ioctl.h.
const (
	iocNone  = 0
	iocWrite = 1
	iocRead  = 2
)

func ioc(dir, nr, size uintptr) uintptr { return dir<<30 | size<<16 | 'S'<<8 | nr }

var (
	iocInfo    = ioc(iocRead, 0x40, unsafe.Sizeof(Info{}))
	iocPatch   = ioc(iocRead|iocWrite, 0x41, unsafe.Sizeof(patchStatus{}))
	iocFunc    = ioc(iocRead|iocWrite, 0x42, unsafe.Sizeof(funcStatus{}))
	iocArm     = ioc(iocRead|iocWrite, 0x43, unsafe.Sizeof(armRequest{}))
	iocDisarm  = ioc(iocNone, 0x44, 0)
	iocRetry   = ioc(iocWrite, 0x45, 8)
	iocHolders = ioc(iocRead|iocWrite, 0x46, unsafe.Sizeof(holdersRequest{}))
	iocNudge   = ioc(iocWrite, 0x48, unsafe.Sizeof(nudgesRequest{}))
	iocJudge   = ioc(iocRead|iocWrite, 0x49, unsafe.Sizeof(judgeRequest{}))
	iocPrepare = ioc(iocNone, 0x4a, 0)
)

// ioctl makes the call and leaves the file in the poller, from which f.Fd() would take it. keep is what arg
// points to only by a number.
func (d *Device) ioctl(doing string, nr uintptr, arg unsafe.Pointer, keep ...any) error {
	conn, err := d.f.SyscallConn()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var errno unix.Errno
	err = conn.Control(func(fd uintptr) {
		for {
			_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, nr, uintptr(arg))
			if errno != unix.EINTR {
				return
			}
		}
	})
	runtime.KeepAlive(keep)
	if err == nil && errno != 0 {
		err = errno
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
