// SPDX-License-Identifier: GPL-2.0-only

package traffic

import (
	"encoding/binary"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const messageSize = 64 // bytes

// fill writes the n-th message: its number, then bytes computed from it.
func fill(message []byte, n uint64) {
	binary.LittleEndian.PutUint64(message, n)
	for i := 8; i < len(message); i++ {
		message[i] = byte(n) + byte(i)
	}
}

// right reports whether message is the n-th.
func right(message []byte, n uint64) bool {
	if binary.LittleEndian.Uint64(message) != n {
		return false
	}
	for i := 8; i < len(message); i++ {
		if message[i] != byte(n)+byte(i) {
			return false
		}
	}
	return true
}

// counters holds what the threads counted. A system call counts once, however it ends.
type counters struct {
	receives, accepts, sends, connects atomic.Int64
	received, sent                     atomic.Int64 // bytes
	eintr, wrong, failed               atomic.Int64
}

// receive fills message from fd. It returns false at the end of the connection.
func (c *counters) receive(fd int, message []byte) (bool, error) {
	for got := 0; got < len(message); {
		c.receives.Add(1)
		n, _, err := unix.Recvfrom(fd, message[got:], 0)
		switch {
		case err == unix.EINTR:
			c.eintr.Add(1)
		case err != nil:
			return false, err
		case n == 0:
			return false, nil
		default:
			got += n
			c.received.Add(int64(n))
		}
	}
	return true, nil
}

// accept takes one connection. It returns EINVAL once the listener is shut down.
func (c *counters) accept(listener int) (int, error) {
	for {
		c.accepts.Add(1)
		fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err != unix.EINTR {
			return fd, err
		}
		c.eintr.Add(1)
	}
}

// send sends the whole message.
func (c *counters) send(fd int, message []byte) error {
	for len(message) > 0 {
		c.sends.Add(1)
		n, err := unix.SendmsgN(fd, message, nil, nil, unix.MSG_NOSIGNAL)
		if err == unix.EINTR {
			c.eintr.Add(1)
			continue
		}
		if err != nil {
			return err
		}
		message = message[n:]
		c.sent.Add(int64(n))
	}
	return nil
}
