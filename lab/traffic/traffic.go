// SPDX-License-Identifier: GPL-2.0-only

// Package traffic is the lab's workload: producers and consumers over loopback TCP, in blocking
// system calls on threads of their own, so that the kernel's network functions are held as real
// programs hold them.
package traffic

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Options describe the workload.
type Options struct {
	Producers int           // threads that send; busy consumers are dealt out among them
	Busy      int           // consumers that get a message each Interval
	Idle      int           // consumers that wait for good, until Wake
	Acceptors int           // threads that wait in accept(2) for good, until Wake
	Style     string        // StyleRecv or StyleAccept: what the consumers wait in
	Interval  time.Duration // from one message to a consumer to its next
	Spread    bool          // each producer varies it by up to a half, on its own
	Work      time.Duration // that a consumer spends on a message, outside the receive call
}

// Styles.
const (
	StyleRecv   = "recv"
	StyleAccept = "accept"
)

const blockLimit = time.Minute // until each idle thread waits; emulation is slow

// A Workload is a running workload.
type Workload struct {
	Threads []*Thread

	options  Options
	counters counters
	meeting  *meeting // until all connections are made
	senders  sync.WaitGroup
	takers   sync.WaitGroup
	stop     chan struct{}
	mu       sync.Mutex
	errors   []string
}

// Start starts the workload and returns once every idle thread waits in its system call.
func Start(options Options) (*Workload, error) {
	w := &Workload{options: options, stop: make(chan struct{})}
	open := opener(newStream)
	switch options.Style {
	case StyleRecv:
	case StyleAccept:
		open = newDoor
	default:
		return nil, fmt.Errorf("starting traffic: no style %q: there are %s and %s", options.Style, StyleRecv, StyleAccept)
	}
	if options.Busy > 0 && options.Producers < 1 {
		return nil, fmt.Errorf("starting traffic: %d busy consumers need a producer", options.Busy)
	}
	if err := makeRoom(options.Producers + options.Busy + options.Idle + options.Acceptors); err != nil {
		return nil, fmt.Errorf("starting traffic: %w", err)
	}
	var err error
	if w.meeting, err = meet(); err != nil {
		return nil, fmt.Errorf("starting traffic: %w", err)
	}
	defer w.meeting.close()
	var busy []link
	for i := range options.Busy + options.Idle {
		l, err := w.addConsumer("consumer", i, i >= options.Busy, open)
		if err != nil {
			return nil, err
		}
		if i < options.Busy {
			busy = append(busy, l)
		}
	}
	for i := range options.Acceptors {
		if _, err := w.addConsumer("acceptor", i, true, newDoor); err != nil {
			return nil, err
		}
	}
	for _, t := range w.Threads {
		if err := t.awaitBlocked(blockLimit); err != nil {
			return nil, fmt.Errorf("starting traffic: %w", err)
		}
	}
	for i := range options.Producers {
		w.addProducer(i, busy)
	}
	return w, nil
}

// makeRoom lets this process have so many threads, each with the two ends of a connection.
func makeRoom(threads int) error {
	const others = 10000 // what Go allows at first
	debug.SetMaxThreads(threads + others)
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("asking how many files may be open: %w", err)
	}
	if want := uint64(2*threads + 256); files.Cur < want {
		files = unix.Rlimit{Cur: want, Max: max(files.Max, want)}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
			return fmt.Errorf("allowing %d open files: %w", want, err)
		}
	}
	return nil
}

func (w *Workload) addConsumer(role string, i int, idle bool, open opener) (link, error) {
	l, err := open(&w.counters, w.meeting)
	if err != nil {
		return nil, fmt.Errorf("starting traffic: %w", err)
	}
	t := &Thread{Role: role, Comm: fmt.Sprintf("%s/%d", role, i), Idle: idle, link: l}
	w.startThread(t, &w.takers, func() error {
		for {
			more, err := l.take()
			if err != nil || !more {
				return err
			}
			if !idle {
				time.Sleep(w.options.Work)
			}
		}
	})
	return l, nil
}

// addProducer starts a thread that sends to every Producers-th busy consumer, to all at one time, so that from time to
// time all of them work and none is receiving, unless several producers spread their messages.
func (w *Workload) addProducer(i int, busy []link) {
	t := &Thread{Role: "producer", Comm: fmt.Sprintf("producer/%d", i)}
	w.startThread(t, &w.senders, func() error {
		interval := max(w.options.Interval, time.Nanosecond)
		ticks := time.NewTicker(interval)
		defer ticks.Stop()
		for {
			if w.options.Spread {
				ticks.Reset(interval/2 + rand.N(interval))
			}
			select {
			case <-w.stop:
				return nil
			case <-ticks.C:
			}
			for k := i; k < len(busy); k += w.options.Producers {
				if err := busy[k].give(); err != nil {
					return err
				}
			}
		}
	})
}

// Wake sends one message to each idle thread, which takes it and waits again.
func (w *Workload) Wake() {
	for _, t := range w.Threads {
		if !t.Idle {
			continue
		}
		if err := t.link.give(); err != nil {
			w.fail(fmt.Errorf("waking %s: %w", t.Comm, err))
		}
	}
}

// Stop ends all threads and returns what they counted.
func (w *Workload) Stop() *Summary {
	close(w.stop)
	w.senders.Wait() // before their receivers go, or their last messages would fail
	for _, t := range w.Threads {
		if t.link != nil {
			t.link.shut()
		}
	}
	w.takers.Wait()
	return w.summary()
}

func (w *Workload) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counters.failed.Add(1)
	w.errors = append(w.errors, err.Error())
}

// JoinCgroup moves this process into a cgroup of its own under /sys/fs/cgroup. It can then be frozen without the
// process that asks for it; the root cgroup cannot be frozen at all.
func JoinCgroup(name string) error {
	dir := "/sys/fs/cgroup/" + name
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("joining cgroup %s: %w", name, err)
	}
	if err := os.WriteFile(dir+"/cgroup.procs", []byte("0"), 0o644); err != nil {
		return fmt.Errorf("joining cgroup %s: %w", name, err)
	}
	return nil
}
