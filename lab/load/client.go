// SPDX-License-Identifier: GPL-2.0-only

package load

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// client is one connection.
type client struct {
	load *Load
	fd   atomic.Int64

	mu      sync.Mutex // of what follows
	samples []Sample   // since they were taken last
	begin   int64      // of the request under way; 0: there is none
}

// first connects and asks once. A server that listens may still close connections, as PostgreSQL does while it repairs
// its files: it is tried again.
func (c *client) first() error {
	for deadline := time.Now().Add(starting); ; c.pause(100 * time.Millisecond) {
		err := c.connect()
		if err == nil {
			err = c.ask(c.load.protocol)
		}
		if failureOf(err) != Reset || time.Now().After(deadline) {
			return err
		}
	}
}

func (c *client) connect() error {
	kind := unix.SOCK_STREAM
	if c.load.protocol.datagrams {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if !c.load.protocol.datagrams {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // without it only the latency suffers
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: c.load.options.Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		unix.Close(fd)
		return err
	}
	if old := c.fd.Swap(int64(fd)); old >= 0 {
		unix.Close(int(old))
	}
	if len(c.load.protocol.hello) == 0 {
		return nil
	}
	_, err = exchange(fd, c.load.protocol, c.load.protocol.hello)
	return err
}

// run asks until the load is over.
func (c *client) run() {
	runtime.LockOSThread()
	if think := c.load.options.Think; think > 0 { // so that they do not all ask at one time
		sleep(time.Duration(rand.Int64N(int64(think))))
	}
	for !c.load.over.Load() {
		begin := time.Now()
		c.began(begin.UnixNano())
		err := c.ask(c.load.protocol)
		took := time.Since(begin)
		if c.load.over.Load() && err != nil { // Stop has ended it
			return
		}
		s := Sample{Begin: begin.UnixNano(), Took: int64(took), Fault: failureOf(err)}
		if s.Fault == Failed {
			s.Why = err.Error()
		}
		c.ended(s)
		if err != nil && c.connect() != nil {
			c.pause(10 * time.Millisecond) // it is tried again with the next request, which fails
		}
		c.pause(c.load.options.Think)
	}
}

func (c *client) began(at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin = at
}

func (c *client) ended(s Sample) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples, c.begin = append(c.samples, s), 0
}

// pause sleeps for about so long.
func (c *client) pause(mean time.Duration) {
	if mean > 0 {
		sleep(mean/2 + time.Duration(rand.Int64N(int64(mean))))
	}
}

// sleep sleeps without Go's scheduler, whose timers would be kept in epoll.
func sleep(long time.Duration) {
	t := unix.NsecToTimespec(int64(long))
	_ = unix.Nanosleep(&t, nil) // it may end early
}

func failureOf(err error) Failure {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, unix.EINTR):
		return Interrupted
	case errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EPIPE), errors.Is(err, errClosed):
		return Reset
	}
	return Failed
}

func (c *client) take() []Sample {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.samples
	c.samples = nil
	if c.begin != 0 {
		taken = append(taken, Sample{Begin: c.begin, Took: time.Now().UnixNano() - c.begin, Open: true})
	}
	return taken
}
