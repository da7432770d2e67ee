// SPDX-License-Identifier: GPL-2.0-only

// Package load asks a server for the same thing again and again over some connections, each of which waits for an
// answer before it asks again, and keeps when each request began and how long it took.
//
// Each connection is a thread in blocking system calls, as clients with a thread a connection are. So a client never
// sleeps in epoll, which is what servers sleep in; and what SPOTOS does to a receiver it does to a client too.
package load

import (
	"cmp"
	"fmt"
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
	Why   string  `json:"w,omitempty"` // the error if Fault is Failed
	Open  bool    `json:"o,omitempty"` // it has no answer yet: Took is how long it has waited
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
	Unanswered  Failure = "unanswered"  // no answer came for so long that who takes the samples gave it up
)

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

// Take returns the requests that have ended since it was called last, and those under way, by when they began.
func (l *Load) Take() []Sample {
	var all []Sample
	for _, c := range l.clients {
		all = append(all, c.take()...)
	}
	slices.SortFunc(all, func(a, b Sample) int { return cmp.Compare(a.Begin, b.Begin) })
	return all
}

// Stop ends the load.
func (l *Load) Stop() {
	l.over.Store(true)
	for _, c := range l.clients {
		_ = unix.Shutdown(int(c.fd.Load()), unix.SHUT_RDWR) // who waits for an answer waits no longer
	}
	l.done.Wait()
	for _, c := range l.clients {
		unix.Close(int(c.fd.Load()))
	}
}
