// SPDX-License-Identifier: GPL-2.0-only

// Package safego keeps a panic from leaving the terminal raw. Go ends a process at once when a goroutine panics,
// whatever others had to tidy up. So all goroutines are started by Go or Start, and whoever has the terminal is told
// of a panic in one of them and ends the process in good order.
package safego

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is the error that a goroutine panicked.
type Panic struct {
	Goroutine string // its name
	Value     any
	Stack     []byte
}

func (p *Panic) Error() string {
	return fmt.Sprintf("a bug in SPOTOS: panic in the %s: %v", p.Goroutine, p.Value)
}

var caught atomic.Pointer[func(*Panic)]

// Catch has tell called, from the goroutine itself, when one panics, until release is called. Without it a panic
// ends the process as ever. Only one can catch at a time. Once there was a panic, release does nothing: the process
// is on its way out then, and another goroutine that meets the same bug is not to end it on that way.
func Catch(tell func(*Panic)) (release func()) {
	var told atomic.Bool
	catch := func(p *Panic) {
		told.Store(true)
		tell(p)
	}
	caught.Store(&catch)
	return func() {
		if !told.Load() {
			caught.Store(nil)
		}
	}
}

// Go runs f in a goroutine of group. The name is for whoever reads of its panic.
func Go(group *sync.WaitGroup, name string, f func()) {
	group.Go(func() { run(name, f) })
}

// Start runs f in a goroutine. The channel is closed when that is over, by a panic too.
func Start(name string, f func()) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		run(name, f)
	}()
	return over
}

func run(name string, f func()) {
	defer Recover(name)
	Point(name)
	f()
}

// Recover, deferred, tells of a panic. It is for goroutines that others start; Go does it for its own.
func Recover(name string) {
	tell := caught.Load()
	if tell == nil {
		return
	}
	if v := recover(); v != nil {
		(*tell)(&Panic{name, v, debug.Stack()})
	}
}

// Plant is for tests: it is called at each Point, and panics where it is to. It is set before anything is started.
var Plant func(name string)

// Point is where a test may have the goroutine called name panic.
func Point(name string) {
	if Plant != nil {
		Plant(name)
	}
}
