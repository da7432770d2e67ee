// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

const stopWindowRounds = 60

// stopWindow measures how long all CPUs stand still in one attempt, for different numbers of threads.
func stopWindow(r *Report) error {
	p, err := openPatch("version-banner")
	if err != nil {
		return err
	}
	defer p.close()
	debug.SetMaxThreads(20000)
	r.row("threads", "safepoint", "retry", "stacks walked", "retry/safepoint")
	var first, last time.Duration
	threads := 0
	for _, n := range []int{100, 1000, 10000} {
		for ; threads < n; threads++ {
			go sleeper()
		}
		time.Sleep(2 * time.Second) // they start and fall asleep
		windows := map[session.Strategy][]time.Duration{}
		var walked []int
		for range stopWindowRounds {
			for _, s := range []session.Strategy{session.SafePointStrategy, session.RetryStrategy} {
				t, err := p.turn(s, 0, nil)
				if err != nil {
					return err
				}
				windows[s] = append(windows[s], t.last.Window)
				if s == session.SafePointStrategy {
					walked = append(walked, t.last.Walked)
				}
			}
		}
		ours, retry := median(windows[session.SafePointStrategy]), median(windows[session.RetryStrategy])
		if n == 100 {
			first = ours
		}
		last = ours
		r.row(n, ours, retry, median(walked), ratio(retry, ours))
		if n == 10000 {
			r.Figures["retry_over_safepoint_at_10000"] = ratio(retry, ours)
		}
	}
	r.Figures["safepoint_10000_over_100"] = ratio(last, first)
	return nil
}

// sleeper is a thread that does nothing.
func sleeper() {
	runtime.LockOSThread()
	for {
		unix.Pause()
	}
}
