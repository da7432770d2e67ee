// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"slices"
	"sync"

	"spotos/session"
)

// arming is one request to switch, from before the module is asked until its last event has been emitted.
type arming struct {
	session.ArmOptions
	ended    chan struct{} // closed at the end, also where the module refused
	accepted bool          // the module has said yes
	why      string        // the reason that its Aborted event gives
}

// armings are those of one operation, the oldest first. There are two where one follows another whose last event is
// being emitted, and while a request is made that the module will refuse. Methods may be called from any goroutine;
// event and end by the one that reads the module's events.
type armings struct {
	mu   sync.Mutex
	list []*arming
}

// request notes that the module is about to be asked. The next one may come only after accept or refuse.
func (l *armings) request(opts session.ArmOptions) *arming {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &arming{ArmOptions: opts, ended: make(chan struct{}), why: "the arming was taken back"}
	l.list = append(l.list, a)
	return a
}

// accept marks the request as armed. Its events may have come before.
func (l *armings) accept(a *arming) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.accepted = true
}

// refuse forgets a request: the module has done nothing, and what was armed before goes on.
func (l *armings) refuse(a *arming) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(a.ended)
	l.list = slices.DeleteFunc(l.list, func(other *arming) bool { return other == a })
}

// event returns the arming that the module's next event belongs to: they come in order, and none of a refused request.
func (l *armings) event() arming {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return arming{}
	}
	l.list[0].accepted = true
	return *l.list[0]
}

// end marks the oldest arming ended; its last event has been emitted.
func (l *armings) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) > 0 {
		close(l.list[0].ended)
		l.list = l.list[1:]
	}
}

// latest returns the arming that the module has accepted last, nil if none is under way.
func (l *armings) latest() *arming {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

// last is latest with l.mu held.
func (l *armings) last() *arming {
	for _, a := range slices.Backward(l.list) {
		if a.accepted {
			return a
		}
	}
	return nil
}

// armed returns a channel that is closed when the latest arming has ended, nil if none is under way.
func (l *armings) armed() <-chan struct{} {
	if a := l.latest(); a != nil {
		return a.ended
	}
	return nil
}

// setWhy sets the reason that the Aborted event of the latest arming will give.
func (l *armings) setWhy(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.last(); a != nil {
		a.why = why
	}
}
