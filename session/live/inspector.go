// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"sync"
	"time"

	"spotos/internal/safego"
	"spotos/session"
)

const (
	// inspectEvery is the least time between two rounds of reading.
	inspectEvery = time.Second
	// inspectWait is how long a sample waits for a round, where it waits at all.
	inspectWait = time.Second
)

// inspector describes a few holders in a goroutine of its own: reading about a process may take long, and waits where
// the process changes its memory. What was read of a thread serves for as long as it has not run, but for its cgroup:
// one that sleeps can be moved. Its methods may be called from any goroutine.
type inspector struct {
	read  func(subject) (session.Details, task)
	place func(tid int, d *session.Details)
	task  func(tid int) (t task, ok bool) // what identifies a thread now
	wg    sync.WaitGroup                  // nobody waits for it: a read may not come back

	mu       sync.Mutex
	chosen   int           // the thread that is described besides the longest inside; 0: none
	began    time.Time     // when the last round began that read about one that was not known
	placedAt time.Time     // when the last round began
	busy     chan struct{} // closed when the round under way has ended; nil: there is none
	known    map[int]inspected
}

// inspected is a holder that was described.
type inspected struct {
	subject
	task
	details session.Details
}

// newInspector returns an inspector of the running system's threads.
func newInspector() *inspector {
	at := runningSystem()
	return &inspector{task: at.task, place: at.addPlace,
		read: func(h subject) (session.Details, task) { return at.details(h, noticed) }}
}

// stays reports whether a holder is the one that was described, in the same call.
func (i inspected) stays(h subject) bool {
	return i.TGID == h.TGID && i.Switches == h.Switches && i.counted == h.counted
}

// latest returns what is known of the thread by now, given what identifies it; ok is false where it is another one.
func (i inspected) latest(now task, ok bool) (d session.Details, same bool) {
	d = i.details
	switch {
	case d.Unknown != "" || !ok || now.begin != i.begin || now.tgid != i.tgid:
		return d, false
	case d.Call != nil && now.switches != i.Switches:
		d.Call, d.NoCall = nil, hasRun
	}
	return d, true
}

func (i *inspector) choose(pid int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.chosen = pid
}

func (i *inspector) choice() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.chosen
}

// look has the subjects described, and forgets others. It returns at once, with a channel that is closed when the round
// under way has ended, nil where there is none: it begins none within a second of the last one of its kind.
func (i *inspector) look(now time.Time, subjects []subject) <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	news := false
	for _, h := range subjects {
		was, ok := i.known[h.PID]
		news = news || !ok || !was.stays(h)
	}
	since := i.placedAt // a look where they are does not put off the reading of another
	if news {
		since = i.began
	}
	if i.busy == nil && len(subjects) > 0 && now.Sub(since) >= inspectEvery {
		i.busy, i.placedAt = make(chan struct{}), now
		if news {
			i.began = now
		}
		safego.Go(&i.wg, "inspector", func() { i.round(subjects) })
	}
	return i.busy
}

// round describes the subjects; of those that are known it looks where they are now.
func (i *inspector) round(subjects []subject) {
	known := map[int]inspected{}
	for _, h := range subjects {
		was, ok := i.about(h.PID)
		if ok && was.stays(h) {
			was.details = i.placed(was)
		} else {
			d, t := i.read(h)
			was = inspected{h, t, d}
		}
		known[h.PID] = was
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known = known
	close(i.busy)
	i.busy = nil
}

// placed returns what is known of a thread, with the cgroup that it is in now.
func (i *inspector) placed(was inspected) session.Details {
	d := was.details
	if was.Kthread || d.Unknown != "" {
		return d
	}
	i.place(was.PID, &d)
	if now, ok := i.task(was.PID); !ok || now.begin != was.begin || now.tgid != was.tgid {
		return was.details
	}
	return d
}

func (i *inspector) about(pid int) (inspected, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	was, ok := i.known[pid]
	return was, ok
}

// of returns what is known of those of the subjects that are still the same threads.
func (i *inspector) of(subjects []subject) []session.Details {
	var list []session.Details
	for _, h := range subjects {
		was, ok := i.about(h.PID)
		switch {
		case !ok:
		case was.stays(h):
			list = append(list, was.details)
		default:
			list = append(list, i.now(h.PID)...)
		}
	}
	return list
}

// now returns what is known of a thread of which nothing else says whether it has run since.
func (i *inspector) now(pid int) []session.Details {
	was, ok := i.about(pid)
	if !ok {
		return nil
	}
	if d, same := was.latest(i.task(pid)); same {
		return []session.Details{d}
	}
	return nil
}
