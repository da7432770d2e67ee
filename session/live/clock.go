// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

// What the module reports has the module's own times: on a busy machine its events are read some time later, and how
// long it waited would not agree with when it was armed and when it switched.

// head returns the head of an event that happens now and is no sample.
func (o *operation) head(kind session.Kind) session.Head {
	return session.Head{Kind: kind, Time: o.newest.after(time.Now()), Patch: o.p.Name}
}

// headAt returns the head of an event that the module reports: it happened when the kernel's monotonic clock showed ns.
func (o *operation) headAt(kind session.Kind, ns uint64) session.Head {
	at := clockTime(ns)
	if at.IsZero() {
		at = time.Now()
	}
	return session.Head{Kind: kind, Time: o.newest.after(at), Patch: o.p.Name}
}

// newest is the time of the latest event that is no sample. The journal has these in the order of their times. Its
// methods may be called from any goroutine.
type newest struct {
	mu sync.Mutex
	at time.Time
}

// after returns the time of the next event: t, but not before that of the one before.
func (n *newest) after(t time.Time) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.at.Before(t) {
		n.at = t
	}
	return n.at
}

// clockTries is how often the two clocks are read, to find two readings close to each other: between two others this
// process may have been switched out.
const clockTries = 3

// clockTime returns the time of day at which the kernel's monotonic clock showed ns; the zero time if that cannot be
// read.
func clockTime(ns uint64) (at time.Time) {
	apart := time.Duration(-1)
	for range clockTries {
		var ts unix.Timespec
		before := time.Now()
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
			return time.Time{}
		}
		if took := time.Since(before); apart < 0 || took < apart {
			at, apart = before.Add(took/2+time.Duration(int64(ns)-ts.Nano())), took
		}
	}
	return at
}
