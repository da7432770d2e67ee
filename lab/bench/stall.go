// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"spotos/session"
)

const (
	stallHolders = 1000
	stallWatch   = 5 * time.Second // how long it does nothing, and how long it watches
	stallVain    = 2 * time.Second // how long it is armed without a nudge
)

// stall measures how late a real-time thread that wakes every millisecond wakes at the latest, in each phase of an
// operation, beside many threads and with many holders inside. It needs a VM with 5 GB of memory, and counted
// instructions: else what it finds is the host.
func stall(r *Report) error {
	if err := allowThreads(20000); err != nil {
		return err
	}
	t, err := startTicker()
	if err != nil {
		return err
	}
	w, err := blockedConsumers(stallHolders)
	if err != nil {
		return errors.Join(err, t.stop())
	}
	r.row("threads", "phase", "latest tick", "longest stop", "latest but for stops")
	threads := 0
	for _, n := range []int{5000, 20000} {
		for ; threads < n; threads++ {
			go sleeper()
		}
		time.Sleep(5 * time.Second) // they start and fall asleep
		if err := (&stalling{r: r, ticker: t, threads: n}).run(); err != nil {
			return errors.Join(err, w.Kill(), t.stop())
		}
	}
	seen, err := w.end()
	r.row("", "calls interrupted (EINTR)", seen.EINTR, "wrong messages", seen.Wrong)
	r.Figures["eintr"], r.Figures["wrong_messages"] = float64(seen.EINTR), float64(seen.Wrong)
	return errors.Join(err, t.stop())
}

// stalling is one run through all phases.
type stalling struct {
	r       *Report
	ticker  *ticker
	threads int
	patch   *patch
}

func (s *stalling) run() error {
	nothing := func() ([]stopped, error) {
		time.Sleep(stallWatch)
		return nil, nil
	}
	for _, phase := range []struct {
		name string
		do   func() ([]stopped, error)
	}{
		{"nothing", nothing},
		{"plain ftrace traces one function", traceOne},
		{"opening", func() (_ []stopped, err error) {
			s.patch, err = openPatch("no-oob")
			return nil, err
		}},
		{"watching", func() ([]stopped, error) { return nil, s.patch.watch(stallWatch) }},
		{"armed in vain", func() ([]stopped, error) { return s.turn(session.NudgeNone, stallVain, false) }},
		{"armed in vain again", func() ([]stopped, error) { return s.turn(session.NudgeNone, stallVain, false) }},
		{"nudging and applying", func() ([]stopped, error) { return s.turn(session.NudgeSignal, 0, true) }},
		{"reverting", func() ([]stopped, error) { return s.turn(session.NudgeSignal, 0, true) }},
		{"closing", func() ([]stopped, error) { return nil, s.patch.close() }},
	} {
		if _, err := s.ticker.late(); err != nil {
			return err
		}
		stops, err := phase.do()
		if err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		late, err := s.ticker.late()
		if err != nil {
			return err
		}
		longest := time.Duration(0)
		for _, stop := range stops {
			longest = max(longest, stop.window)
		}
		beyond := latest(withoutStops(late, stops))
		s.r.row(s.threads, phase.name, latest(late), longest, beyond)
		s.r.Figures[fmt.Sprintf("%s_%d_ns", strings.ReplaceAll(phase.name, " ", "_"), s.threads)] = float64(beyond)
	}
	return nil
}

// turn arms and returns the stops of its attempts. It fails if it did not end as expected.
func (s *stalling) turn(nudge string, timeout time.Duration, switches bool) ([]stopped, error) {
	s.patch.nudge = nudge
	t, err := s.patch.turn(session.SafePointStrategy, timeout, nil)
	if err == nil && t.switched != switches {
		err = fmt.Errorf("switched is %t after %d attempts", t.switched, t.attempts)
	}
	return t.stops, err
}

// traceOne has plain ftrace trace a function that the patch would switch, and stop again.
func traceOne() ([]stopped, error) {
	const dir = "/sys/kernel/tracing/"
	for _, order := range []struct{ file, text string }{
		{"set_ftrace_filter", "inet_recvmsg"}, {"current_tracer", "function"},
		{"current_tracer", "nop"}, {"set_ftrace_filter", ""},
	} {
		if err := os.WriteFile(dir+order.file, []byte(order.text), 0); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func latest(late []tick) time.Duration {
	longest := int64(0)
	for _, t := range late {
		longest = max(longest, t.Late)
	}
	return time.Duration(longest)
}

// withoutStops takes each stop's window off the tick that it made late: the last before the stop was known that is late
// by as much. A tick that fell due in a stop is late by up to tickEvery less.
func withoutStops(late []tick, stops []stopped) []tick {
	late = slices.Clone(late)
	for _, stop := range stops {
		window := int64(stop.window)
		for i, t := range slices.Backward(late) {
			if t.ran() <= stop.known && t.Late > window-int64(tickEvery) && t.Late < window+int64(tickEvery) {
				late[i].Late = max(t.Late-window, 0)
				break
			}
		}
	}
	return late
}
