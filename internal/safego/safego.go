// SPDX-License-Identifier: GPL-2.0-only

// Package safego reports the panic of any goroutine, so that the console can restore the terminal first. By itself Go
// ends the process at once when a goroutine panics, and what other goroutines deferred does not run: the terminal
// stays raw. So Go or Start starts every goroutine of ours, and the console calls Catch, restores the terminal when a
// panic is reported, and ends the process in good order.
package safego

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is the error that reports the panic of a goroutine.
type Panic struct {
	Goroutine string // its name, as given to Go, Start or Recover
	Value     any
	Stack     []byte
}

func (p *Panic) Error() string {
	return fmt.Sprintf("a bug in SPOTOS: panic in the %s: %v", p.Goroutine, p.Value)
}

// catcher reports a panic; nil while nobody catches.
var catcher atomic.Pointer[func(*Panic)]

// Catch calls report when a goroutine of ours panics, until release is called. report runs in the goroutine that
// panicked, and may run in several at once. Without Catch a panic ends the process as usual. Only one caller can catch
// at a time: a second Catch replaces the first. After a panic release does nothing: the process is ending then, and
// another goroutine that meets the same bug must not cut that short.
func Catch(report func(*Panic)) (release func()) {
	var reported atomic.Bool
	catch := func(p *Panic) {
		reported.Store(true)
		report(p)
	}
	catcher.Store(&catch)
	return func() {
		if !reported.Load() {
			catcher.Store(nil)
		}
	}
}

// Go runs f in a goroutine of group. A panic is reported under that name.
func Go(group *sync.WaitGroup, name string, f func()) {
	group.Go(func() { run(name, f) })
}

// Start runs f in a goroutine, and closes the channel when f has returned or panicked.
func Start(name string, f func()) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(name, f)
	}()
	return ended
}

func run(name string, f func()) {
	defer Recover(name)
	Point(name)
	f()
}

// Recover, deferred, reports a panic. Use it in goroutines that a library starts; Go and Start defer it themselves.
func Recover(name string) {
	report := catcher.Load()
	if report == nil {
		return
	}
	if v := recover(); v != nil {
		(*report)(&Panic{name, v, debug.Stack()})
	}
}

// Plant is for tests: Point calls it, and it panics where the test wants a panic. Set it before any goroutine starts.
var Plant func(name string)

// Point marks a place where a test can make the goroutine called name panic.
func Point(name string) {
	if Plant != nil {
		Plant(name)
	}
}
