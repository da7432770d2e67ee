// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

const (
	longArmingThreads = 10000
	longArmingRounds  = 3
	longArmingTime    = time.Minute
)

// longArming measures the stop window of the attempt that a holder's leaving causes, after it kept a patch armed for a
// minute, beside that of one that leaves at once. Meanwhile many threads wake once a second each.
func longArming(r *Report) error {
	p, err := openPatch("pair")
	if err != nil {
		return err
	}
	defer p.close()
	debug.SetMaxThreads(2 * longArmingThreads)
	for range longArmingThreads {
		go waker()
	}
	time.Sleep(10 * time.Second) // they start
	windows, walked := map[time.Duration][]time.Duration{}, map[time.Duration][]int{}
	for range longArmingRounds {
		for _, d := range []time.Duration{0, longArmingTime} {
			held := make(chan error, 1)
			go func() { held <- tellPair("hold") }()
			if err := awaitPair("holders", 1); err != nil {
				return err
			}
			t, err := p.turn(session.SafePointStrategy, 0, func() error {
				time.Sleep(d)
				return tellPair("release")
			})
			if err != nil {
				return err
			}
			if err := <-held; err != nil {
				return err
			}
			windows[d] = append(windows[d], t.last.Window)
			walked[d] = append(walked[d], t.last.Walked)
		}
	}
	r.row("armed for", "window", "longest", "stacks walked")
	for _, d := range []time.Duration{0, longArmingTime} {
		r.row(d, median(windows[d]), quantile(windows[d], 1), median(walked[d]))
	}
	r.Figures["long_over_fresh"] = ratio(median(windows[longArmingTime]), median(windows[0]))
	return nil
}

// waker is a thread that wakes once a second.
func waker() {
	runtime.LockOSThread()
	unix.Nanosleep(&unix.Timespec{Nsec: rand.Int64N(1e9)}, nil)
	for {
		unix.Nanosleep(&unix.Timespec{Sec: 1}, nil)
	}
}
