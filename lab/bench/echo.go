// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// echo starts a thread that returns every message of a loopback connection, in blocking system calls. trip measures a
// round trip.
func echo() (trip func() (time.Duration, error), stop func(), err error) {
	near, far, err := connection()
	if err != nil {
		return nil, nil, err
	}
	go func() {
		runtime.LockOSThread()
		var buf [64]byte
		for {
			n, err := unix.Read(far, buf[:])
			if n <= 0 || err != nil {
				unix.Close(far)
				return
			}
			unix.Write(far, buf[:n])
		}
	}()
	trip = func() (time.Duration, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var buf [64]byte
		begin := time.Now()
		for range overheadTrips {
			if _, err := unix.Write(near, buf[:]); err != nil {
				return 0, err
			}
			if _, err := unix.Read(near, buf[:]); err != nil {
				return 0, err
			}
		}
		return time.Since(begin) / overheadTrips, nil
	}
	return trip, func() { unix.Close(near) }, nil
}

func connection() (near, far int, err error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(listener)
	if err := unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, 0, err
	}
	if err := unix.Listen(listener, 1); err != nil {
		return 0, 0, err
	}
	address, err := unix.Getsockname(listener)
	if err != nil {
		return 0, 0, err
	}
	if near, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); err != nil {
		return 0, 0, err
	}
	if err := unix.Connect(near, address); err != nil {
		return 0, 0, err
	}
	far, _, err = unix.Accept(listener)
	return near, far, err
}
