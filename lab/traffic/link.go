// SPDX-License-Identifier: GPL-2.0-only

package traffic

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// A link takes messages to one consumer. Its two ends are used by different threads.
type link interface {
	give() error         // sends the next message; for one thread at a time
	take() (bool, error) // waits for the next one and checks it; false once the link is shut
	shut()               // makes a waiting take return
	waitsIn() uintptr    // the number of the system call that take waits in
}

// opener makes a link.
type opener func(*counters, *meeting) (link, error)

// stream is a connection. Its consumer waits in recvfrom(2).
type stream struct {
	counters  *counters
	near, far int
	mu        sync.Mutex // of give: the producer and the control may both send
	given     uint64
	taken     uint64
}

func newStream(c *counters, at *meeting) (link, error) {
	near, far, err := at.pair()
	if err != nil {
		return nil, err
	}
	return &stream{counters: c, near: near, far: far}, nil
}

func (s *stream) give() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var message [messageSize]byte
	fill(message[:], s.given)
	s.given++
	return s.counters.send(s.near, message[:])
}

func (s *stream) take() (bool, error) {
	var message [messageSize]byte
	more, err := s.counters.receive(s.far, message[:])
	if more && !right(message[:], s.taken) {
		s.counters.wrong.Add(1)
	}
	s.taken++
	return more, err
}

func (s *stream) shut()            { unix.Shutdown(s.far, unix.SHUT_RDWR) }
func (s *stream) waitsIn() uintptr { return unix.SYS_RECVFROM }

// door is a listener; its consumer waits in accept(2), and each message is a connection of its own.
type door struct {
	counters *counters
	listener int
	address  *unix.SockaddrInet4
	mu       sync.Mutex
	given    uint64
	taken    uint64
}

func newDoor(c *counters, _ *meeting) (link, error) {
	listener, address, err := listen()
	if err != nil {
		return nil, err
	}
	return &door{counters: c, listener: listener, address: address}, nil
}

func (d *door) give() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counters.connects.Add(1)
	fd, err := connect(d.address)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var message [messageSize]byte
	fill(message[:], d.given)
	d.given++
	return d.counters.send(fd, message[:])
}

func (d *door) take() (bool, error) {
	fd, err := d.counters.accept(d.listener)
	if err == unix.EINVAL {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	var message [messageSize]byte
	more, err := d.counters.receive(fd, message[:])
	if err != nil {
		return false, err
	}
	if !more {
		return false, fmt.Errorf("a connection ended before its message came")
	}
	if !right(message[:], d.taken) {
		d.counters.wrong.Add(1)
	}
	d.taken++
	return true, nil
}

func (d *door) shut()            { unix.Shutdown(d.listener, unix.SHUT_RDWR) }
func (d *door) waitsIn() uintptr { return unix.SYS_ACCEPT4 }
