// SPDX-License-Identifier: GPL-2.0-only

package traffic

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// These are plain blocking sockets: a thread that waits sits inside the kernel's receive or accept
// function, which is what the lab is for. Go's own sockets would wait in its poller.

// listen returns a socket that listens on a free port of the loopback.
func listen() (fd int, address *unix.SockaddrInet4, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("making a socket: %w", err)
	}
	err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Listen(fd, 128)
	}
	var name unix.Sockaddr
	if err == nil {
		name, err = unix.Getsockname(fd)
	}
	if err != nil {
		unix.Close(fd)
		return 0, nil, fmt.Errorf("listening on the loopback: %w", err)
	}
	return fd, name.(*unix.SockaddrInet4), nil
}

// connect returns a socket connected to address.
func connect(address *unix.SockaddrInet4) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("making a socket: %w", err)
	}
	err = unix.Connect(fd, address)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err != nil {
		unix.Close(fd)
		return 0, fmt.Errorf("connecting over the loopback: %w", err)
	}
	return fd, nil
}

// meeting is a listener over which connections are made. One serves all: there are fewer ports than threads.
type meeting struct {
	listener int
	address  *unix.SockaddrInet4
}

func meet() (*meeting, error) {
	listener, address, err := listen()
	return &meeting{listener, address}, err
}

func (m *meeting) close() { unix.Close(m.listener) }

// pair returns the two ends of a connection over the loopback. For one thread at a time.
func (m *meeting) pair() (near, far int, err error) {
	if near, err = connect(m.address); err != nil {
		return 0, 0, err
	}
	far, _, err = unix.Accept4(m.listener, unix.SOCK_CLOEXEC)
	if err != nil {
		unix.Close(near)
		return 0, 0, fmt.Errorf("accepting over the loopback: %w", err)
	}
	return near, far, nil
}
