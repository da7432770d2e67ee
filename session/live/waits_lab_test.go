// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// blocked is a way to block in a system call, and whether the program notices that it is woken.
type blocked struct {
	name    string
	notices bool
	wait    func() (uintptr, unix.Errno)
}

// call makes a system call.
func call(number uintptr, args ...uintptr) (uintptr, unix.Errno) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	return r, errno
}

// sink keeps on the heap what a system call is given: a stack may move.
var sink any

func at[T any](p *T) uintptr {
	sink = p
	return uintptr(unsafe.Pointer(p))
}

// must returns the result of a call that prepares one that blocks.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// stream returns the two ends of a connection, the first with a time limit of an hour if limit is an option.
func stream(limit int) [2]int {
	ends := must(unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0))
	if limit != 0 {
		hour := unix.Timeval{Sec: 3600}
		if err := unix.SetsockoptTimeval(ends[0], unix.SOL_SOCKET, limit, &hour); err != nil {
			panic(err)
		}
	}
	return ends
}

// listener returns a socket that nobody connects to.
func listener(limit bool) int {
	fd := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0))
	if err := unix.Listen(fd, 1); err != nil {
		panic(err)
	}
	if limit {
		hour := unix.Timeval{Sec: 3600}
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &hour); err != nil {
			panic(err)
		}
	}
	return fd
}

// bound returns a TCP socket at a port of the loopback.
func bound(port int) int {
	fd := must(unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0))
	// A connection of a process that has ended may hold the port a little longer.
	again := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err := errors.Join(again, unix.Bind(fd, loopback(port))); err != nil {
		panic(err)
	}
	return fd
}

func loopback(port int) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

// connected returns the end of a TCP connection that was accepted at a port; the other one is at the next.
func connected(port int) int {
	server, client := bound(port), bound(port+1)
	if err := errors.Join(unix.Listen(server, 1), unix.Connect(client, loopback(port))); err != nil {
		panic(err)
	}
	fd, _, err := unix.Accept(server)
	return must(fd, err)
}

var (
	hour   = unix.Timespec{Sec: 3600}
	buffer [1 << 20]byte
	mask   uint64 = 1 << (unix.SIGUSR2 - 1)
)

// waits are the system calls that are tried.
var waits = []blocked{
	{"epoll_wait", true, func() (uintptr, unix.Errno) {
		var ev unix.EpollEvent
		return call(unix.SYS_EPOLL_WAIT, uintptr(must(unix.EpollCreate1(0))), at(&ev), 1, ^uintptr(0))
	}},
	{"epoll_pwait with a time limit", true, func() (uintptr, unix.Errno) {
		var ev unix.EpollEvent
		return call(unix.SYS_EPOLL_PWAIT, uintptr(must(unix.EpollCreate1(0))), at(&ev), 1, 3600000, 0, 8)
	}},
	{"epoll_pwait2", true, func() (uintptr, unix.Errno) {
		var ev unix.EpollEvent
		return call(unix.SYS_EPOLL_PWAIT2, uintptr(must(unix.EpollCreate1(0))), at(&ev), 1, at(&hour), 0, 8)
	}},
	{"semop", true, func() (uintptr, unix.Errno) {
		op := [3]int16{0, -1, 0}
		id, errno := call(unix.SYS_SEMGET, 0, 1, 0o1600)
		if errno != 0 {
			panic(errno)
		}
		return call(unix.SYS_SEMOP, id, at(&op), 1)
	}},
	{"semtimedop", true, func() (uintptr, unix.Errno) {
		op := [3]int16{0, -1, 0}
		id, errno := call(unix.SYS_SEMGET, 0, 1, 0o1600)
		if errno != 0 {
			panic(errno)
		}
		return call(unix.SYS_SEMTIMEDOP, id, at(&op), 1, at(&hour))
	}},
	{"sigtimedwait", true, func() (uintptr, unix.Errno) { return call(unix.SYS_RT_SIGTIMEDWAIT, at(&mask), 0, 0, 8) }},
	{"sigtimedwait with a time limit", true, func() (uintptr, unix.Errno) {
		return call(unix.SYS_RT_SIGTIMEDWAIT, at(&mask), 0, at(&hour), 8)
	}},
	{"io_getevents", true, func() (uintptr, unix.Errno) {
		var context, events uintptr
		if _, errno := call(unix.SYS_IO_SETUP, 1, at(&context)); errno != 0 {
			panic(errno)
		}
		return call(unix.SYS_IO_GETEVENTS, context, 1, 1, at(&buffer)+events, 0)
	}},
	{"recvfrom with a time limit", true, func() (uintptr, unix.Errno) {
		return call(unix.SYS_RECVFROM, uintptr(stream(unix.SO_RCVTIMEO)[0]), at(&buffer), 100, 0, 0, 0)
	}},
	{"read of a socket with a time limit", true, func() (uintptr, unix.Errno) {
		return call(unix.SYS_READ, uintptr(stream(unix.SO_RCVTIMEO)[0]), at(&buffer), 100)
	}},
	{"recvfrom of all, a part of which is there", true, func() (uintptr, unix.Errno) {
		ends := stream(0)
		must(unix.Write(ends[1], buffer[:10]))
		return call(unix.SYS_RECVFROM, uintptr(ends[0]), at(&buffer), 100, unix.MSG_WAITALL, 0, 0)
	}},
	{"accept with a time limit", true, func() (uintptr, unix.Errno) {
		return call(unix.SYS_ACCEPT, uintptr(listener(true)), 0, 0)
	}},
	{"a long write into a pipe", true, func() (uintptr, unix.Errno) {
		var ends [2]int
		if err := unix.Pipe(ends[:]); err != nil {
			panic(err)
		}
		return call(unix.SYS_WRITE, uintptr(ends[1]), at(&buffer), uintptr(len(buffer)))
	}},
	{"a long send", true, func() (uintptr, unix.Errno) {
		return call(unix.SYS_SENDTO, uintptr(stream(0)[0]), at(&buffer), uintptr(len(buffer)), 0, 0, 0)
	}},

	{"recvfrom", false, func() (uintptr, unix.Errno) {
		return call(unix.SYS_RECVFROM, uintptr(stream(0)[0]), at(&buffer), 100, 0, 0, 0)
	}},
	{"recvfrom of TCP", false, func() (uintptr, unix.Errno) {
		return call(unix.SYS_RECVFROM, uintptr(connected(7117)), at(&buffer), 100, 0, 0, 0)
	}},
	{"accept of TCP", false, func() (uintptr, unix.Errno) {
		fd := bound(7119)
		if err := unix.Listen(fd, 1); err != nil {
			panic(err)
		}
		return call(unix.SYS_ACCEPT, uintptr(fd), 0, 0)
	}},
	{"recvmsg", false, func() (uintptr, unix.Errno) {
		var msg unix.Msghdr
		return call(unix.SYS_RECVMSG, uintptr(stream(0)[0]), at(&msg), 0)
	}},
	{"accept", false, func() (uintptr, unix.Errno) { return call(unix.SYS_ACCEPT, uintptr(listener(false)), 0, 0) }},
	{"read of a pipe", false, func() (uintptr, unix.Errno) {
		var ends [2]int
		if err := unix.Pipe(ends[:]); err != nil {
			panic(err)
		}
		return call(unix.SYS_READ, uintptr(ends[0]), at(&buffer), 1)
	}},
	{"poll", false, func() (uintptr, unix.Errno) { return call(unix.SYS_POLL, 0, 0, ^uintptr(0)) }},
	{"poll with a time limit", false, func() (uintptr, unix.Errno) { return call(unix.SYS_POLL, 0, 0, 3600000) }},
	{"ppoll with a time limit", false, func() (uintptr, unix.Errno) {
		limit := hour
		return call(unix.SYS_PPOLL, 0, 0, at(&limit), 0, 8)
	}},
	{"select with a time limit", false, func() (uintptr, unix.Errno) {
		limit := unix.Timeval{Sec: 3600}
		return call(unix.SYS_SELECT, 0, 0, 0, 0, at(&limit))
	}},
	{"pselect6", false, func() (uintptr, unix.Errno) { return call(unix.SYS_PSELECT6, 0, 0, 0, 0, 0, 0) }},
	{"nanosleep", false, func() (uintptr, unix.Errno) { return call(unix.SYS_NANOSLEEP, at(&hour), 0) }},
	{"clock_nanosleep until a moment", false, func() (uintptr, unix.Errno) {
		then := unix.Timespec{Sec: time.Now().Unix() + 3600}
		return call(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_REALTIME, unix.TIMER_ABSTIME, at(&then), 0)
	}},
	{"futex", false, func() (uintptr, unix.Errno) {
		var word uint32
		return call(unix.SYS_FUTEX, at(&word), 0, 0, 0)
	}},
	{"futex with a time limit", false, func() (uintptr, unix.Errno) {
		var word uint32
		return call(unix.SYS_FUTEX, at(&word), 0, 0, at(&hour))
	}},
	{"msgrcv", false, func() (uintptr, unix.Errno) {
		id, errno := call(unix.SYS_MSGGET, 0, 0o1600)
		if errno != 0 {
			panic(errno)
		}
		return call(unix.SYS_MSGRCV, id, at(&buffer), 100, 0, 0)
	}},
	{"pause", false, func() (uintptr, unix.Errno) { return call(unix.SYS_PAUSE) }},
	{"sigsuspend", false, func() (uintptr, unix.Errno) {
		var none uint64
		return call(unix.SYS_RT_SIGSUSPEND, at(&none), 8)
	}},
	{"read of inotify", false, func() (uintptr, unix.Errno) {
		return call(unix.SYS_READ, uintptr(must(unix.InotifyInit1(0))), at(&buffer), 4096)
	}},
	{"read of an eventfd", false, func() (uintptr, unix.Errno) {
		return call(unix.SYS_READ, uintptr(must(unix.Eventfd(0, 0))), at(&buffer), 8)
	}},
	{"read of a timerfd", false, func() (uintptr, unix.Errno) {
		return call(unix.SYS_READ, uintptr(must(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))), at(&buffer), 8)
	}},
	{"flock", false, func() (uintptr, unix.Errno) {
		name := "/tmp/flock"
		first := must(unix.Open(name, unix.O_CREAT|unix.O_RDWR, 0o600))
		second := must(unix.Open(name, unix.O_RDWR, 0))
		if err := unix.Flock(first, unix.LOCK_EX); err != nil {
			panic(err)
		}
		return call(unix.SYS_FLOCK, uintptr(second), unix.LOCK_EX)
	}},
}

// waitVariable has the name of the wait that a process of this program makes instead of tests.
const waitVariable = "SPOTOS_WAIT"

// makeWait makes the system call of a wait, and says how it ended.
func makeWait(name string) {
	runtime.LockOSThread()
	for _, w := range waits {
		if w.name == name {
			fmt.Println(unix.Gettid())
			r, errno := w.wait()
			fmt.Println(int(r), errno)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "no wait %q\n", name)
	os.Exit(1)
}
