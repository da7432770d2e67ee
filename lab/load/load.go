// SPDX-License-Identifier: GPL-2.0-only

// Package load asks a server for the same thing again and again over some connections, each of which waits for an
// answer before it asks again, and keeps when each request began and how long it took.
//
// Each connection is a thread in blocking system calls, as clients with a thread a connection are. So a client never
// sleeps in epoll, which is what servers sleep in; and what SPOTOS does to a receiver it does to a client too.
package load

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Options describe the load.
type Options struct {
	Protocol    string // one of Protocols()
	Port        int    // on 127.0.0.1
	Connections int
	Think       time.Duration // the mean pause from an answer to the next request, which varies by a half; 0: none
}

// A Sample is one request.
type Sample struct {
	Begin int64   `json:"b"`           // by the wall clock, in nanoseconds since 1970
	Took  int64   `json:"t"`           // nanoseconds
	Fault Failure `json:"f,omitempty"` // "" if the right answer came
}

// End is when it was over.
func (s Sample) End() int64 { return s.Begin + s.Took }

// A Failure says what was wrong with a request.
type Failure string

// The failures of a request. After each but Interrupted the connection is made again.
const (
	Interrupted Failure = "interrupted" // a system call returned EINTR
	Reset       Failure = "reset"       // the connection was reset, or closed by the server
	Failed      Failure = "failed"      // another error, or a wrong answer
	Unanswered  Failure = "unanswered"  // no answer before the end, for longer than lost
)

// lost is how long a request may be without an answer when the load ends. A younger one is left out.
const lost = time.Second

// starting is how long a server may close the first connection again and again.
const starting = time.Minute

// Load is a load that runs.
type Load struct {
	options  Options
	protocol protocol
	over     atomic.Bool
	clients  []*client
	done     sync.WaitGroup
}

// client is one connection. Its thread owns samples until it has ended.
type client struct {
	load    *Load
	fd      atomic.Int64
	samples []Sample
}

// Start connects and starts to ask. It returns once each connection has had an answer, or an error.
func Start(options Options) (*Load, error) {
	p, known := protocols[options.Protocol]
	if !known {
		return nil, fmt.Errorf("no protocol %q: there are %v", options.Protocol, Protocols())
	}
	l := &Load{options: options, protocol: p}
	for range options.Connections {
		c := &client{load: l}
		c.fd.Store(-1)
		l.clients = append(l.clients, c)
		if err := c.first(); err != nil {
			l.Stop()
			return nil, fmt.Errorf("asking the server on port %d: %w", options.Port, err)
		}
	}
	for _, c := range l.clients {
		l.done.Go(c.run)
	}
	return l, nil
}

// Stop ends the load and returns the requests, by when they began.
func (l *Load) Stop() []Sample {
	l.over.Store(true)
	for _, c := range l.clients {
		_ = unix.Shutdown(int(c.fd.Load()), unix.SHUT_RDWR) // who waits for an answer waits no longer
	}
	l.done.Wait()
	var all []Sample
	for _, c := range l.clients {
		unix.Close(int(c.fd.Load()))
		all = append(all, c.samples...)
	}
	slices.SortFunc(all, func(a, b Sample) int { return cmp.Compare(a.Begin, b.Begin) })
	return all
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
	for !c.load.over.Load() {
		begin := time.Now()
		err := c.ask(c.load.protocol)
		s := Sample{Begin: begin.UnixNano(), Took: int64(time.Since(begin)), Fault: failureOf(err)}
		if c.load.over.Load() && err != nil {
			if time.Duration(s.Took) > lost {
				s.Fault = Unanswered
				c.samples = append(c.samples, s)
			}
			return
		}
		c.samples = append(c.samples, s)
		if err != nil && c.connect() != nil {
			c.pause(10 * time.Millisecond) // it is tried again with the next request, which fails
		}
		c.pause(c.load.options.Think)
	}
}

// pause sleeps without Go's scheduler, whose timers would be kept in epoll.
func (c *client) pause(mean time.Duration) {
	if mean <= 0 {
		return
	}
	t := unix.NsecToTimespec(int64(mean/2) + rand.Int64N(int64(mean)))
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
