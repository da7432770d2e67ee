// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

const (
	catchHolders = 2
	catchPeriod  = time.Second
)

// trials is the number of trials; SPOTOS_TRIALS changes it.
func trials(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("SPOTOS_TRIALS")); err == nil && n > 0 {
		return n
	}
	return usual
}

// catch measures how often and how soon short zero windows, about one a second, are caught.
func catch(r *Report) error {
	p, err := openPatch("pair")
	if err != nil {
		return err
	}
	defer p.close()
	r.row("zero windows of", "strategy", "switched", "median wait", "90 %", "attempts")
	for _, window := range []time.Duration{time.Millisecond, 100 * time.Microsecond} {
		stop := busy(window)
		err := catchBoth(r, p, window)
		if stop(); err != nil {
			return err
		}
	}
	return nil
}

func catchBoth(r *Report, p *patch, window time.Duration) error {
	for _, s := range []struct {
		strategy session.Strategy
		trials   int
	}{{session.SafePointStrategy, trials(100)}, {session.RetryStrategy, trials(100) / 5}} {
		var waits []time.Duration
		attempts := 0
		for range s.trials {
			time.Sleep(rand.N(catchPeriod))
			t, err := p.turn(s.strategy, 10*catchPeriod, nil)
			if err != nil {
				return err
			}
			attempts += t.attempts
			if t.switched {
				waits = append(waits, t.wait)
			}
		}
		share := float64(len(waits)) / float64(s.trials)
		r.row(window, s.strategy, strconv.Itoa(len(waits))+" of "+strconv.Itoa(s.trials), median(waits),
			quantile(waits, 0.9), attempts)
		name := string(s.strategy) + "_" + window.String()
		r.Figures[name+"_switched"] = share
		r.Figures[name+"_median_wait_ns"] = float64(median(waits))
	}
	return nil
}

// busy keeps threads inside pair_encode but for a moment once a period, and returns a function that ends them.
func busy(window time.Duration) func() {
	var over atomic.Bool
	ended := make(chan struct{}, catchHolders+1)
	for range catchHolders {
		go func() {
			runtime.LockOSThread()
			pause := unix.NsecToTimespec(int64(window))
			for !over.Load() {
				tellPair("hold 5000") // so that it ends if a release comes too early
				unix.Nanosleep(&pause, nil)
			}
			ended <- struct{}{}
		}()
	}
	go func() {
		for !over.Load() {
			time.Sleep(catchPeriod)
			tellPair("release")
		}
		ended <- struct{}{}
	}()
	return func() {
		over.Store(true)
		for range catchHolders + 1 {
			<-ended
		}
	}
}
