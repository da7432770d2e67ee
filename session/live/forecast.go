// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"math"
	"slices"
	"time"

	"spotos/probe"
	"spotos/session"
)

const (
	// A forecast is made from the last minutes: older windows say little about a workload that has changed, but rare
	// windows take long to count.
	forecastOver  = 5 * time.Minute
	forecastSteps = 30
	// Fewer windows than this give no rate.
	enoughWindows = 3
	// A holder is overdue that has been inside for this many times as long as 99 of 100 calls, and for leastOverdue: no
	// window comes before it leaves, however often they came before it was there.
	overdueTimes = 10
	leastOverdue = 5 * time.Second
	// assumedLatency is the time that stopping all CPUs takes, until an attempt on this machine has measured it.
	assumedLatency = time.Millisecond
)

// forecaster keeps the measures of some earlier moments, so that add can subtract them from the newest.
type forecaster struct {
	past   []measured
	raw    measured // the latest totals
	own    measured // of these, without what nudges made
	nudged bool     // a window that nudges made may still be open
}

// measured are the totals since the watch began, at one moment.
type measured struct {
	at      time.Time
	covered time.Duration
	atZero  time.Duration
	windows probe.Times
}

// conditions are what a forecast takes into account besides the measures.
type conditions struct {
	latency time.Duration // from zero until all CPUs stand, 0 if it is unknown
	nudged  bool          // since the sample before, nudges may have kept holders outside
	overdue string        // the holder that has been inside for far longer than calls stay; "" if none has
}

// overdue returns the first of the holders, which are sorted, if it has been inside for far longer than calls stay; ""
// if it has not.
func overdue(sorted []session.Holder, names []string, m *probe.Measures) string {
	if len(sorted) == 0 {
		return ""
	}
	h := sorted[0]
	p99 := time.Duration(0)
	if i := slices.Index(names, h.Function); i >= 0 && i < len(m.Residence) {
		p99 = m.Residence[i].Quantile(.99)
	}
	if h.Inside() < max(leastOverdue, overdueTimes*p99) {
		return ""
	}
	return fmt.Sprintf("%s (pid %d)", h.Comm, h.PID)
}

// add takes the newest measures, and returns the zero windows and the forecast of the last minutes.
func (f *forecaster) add(now time.Time, m *probe.Measures, at conditions) (session.ZeroWindows, session.Forecast) {
	oldest := measured{}
	if len(f.past) > 0 {
		oldest = f.past[0]
	}
	open, ended := m.Open, m.Windows.Count-f.raw.windows.Count
	if f.take(measured{now, m.Covered, m.AtZero, m.Windows}, m.Open, at.nudged) {
		open = 0
	}
	recent := f.own.windows.Sub(&oldest.windows)
	w := session.ZeroWindows{Watched: f.own.covered - oldest.covered, Count: recent.Count, New: ended,
		Open: open, P50: recent.Quantile(.5), Longest: max(recent.Longest, open)}
	if w.Watched > 0 {
		w.Share = min(1, max(0, float64(f.own.atZero-oldest.atZero)/float64(w.Watched)))
	}
	if open > 0 {
		recent.Add(open)
	}
	if recent.Count >= enoughWindows {
		w.Every = w.Watched / time.Duration(recent.Count)
	}
	switch {
	case at.overdue != "" && m.Open == 0:
		return w, session.Forecast{Held: at.overdue}
	case w.Watched <= 0:
		return w, session.Forecast{Unknown: "nothing has been measured yet"}
	}
	return w, forecast(w, &recent, at.latency)
}

// take adds the newest totals to f.own, unless nudges had a part in them: such windows come only while it nudges. It
// returns whether it has left them out, the window that is open now included.
func (f *forecaster) take(raw measured, open time.Duration, nudged bool) (leftOut bool) {
	leftOut = nudged || f.nudged
	// The window that was open when the nudges ended is theirs too.
	f.nudged = nudged || f.nudged && open >= raw.at.Sub(f.raw.at)
	if !leftOut {
		own := measured{raw.at, f.own.covered + raw.covered - f.raw.covered, f.own.atZero + raw.atZero - f.raw.atZero,
			f.own.windows.Plus(&raw.windows, &f.raw.windows)}
		f.own = own
		f.remember()
	}
	f.raw = raw
	return leftOut
}

// remember keeps the present totals if enough time has passed since the last that it kept.
func (f *forecaster) remember() {
	if n := len(f.past); n == 0 || f.own.at.Sub(f.past[n-1].at) >= forecastOver/forecastSteps {
		if n > forecastSteps {
			f.past = append(f.past[:0], f.past[1:]...)
		}
		f.past = append(f.past, f.own)
	}
}

// forecast assumes that windows begin independently of each other: the expected wait is then the mean time between
// windows that are long enough.
func forecast(w session.ZeroWindows, windows *probe.Times, latency time.Duration) session.Forecast {
	f := session.Forecast{Latency: latency}
	if latency == 0 {
		f.Latency, f.Assumed = assumedLatency, true
	}
	if w.Open > 0 { // compare it with the windows that lasted as long: it will end as they did
		f.Chance = percent(max(1, windows.AtLeast(w.Open+f.Latency)), max(1, windows.AtLeast(w.Open)))
		return f
	}
	watched := session.Span(w.Watched)
	long := windows.AtLeast(f.Latency)
	switch {
	case windows.Count == 0:
		return session.Forecast{Unknown: fmt.Sprintf("no zero window was seen in %s", watched)}
	case windows.Count < enoughWindows:
		return session.Forecast{Unknown: fmt.Sprintf("only %d zero windows were seen in %s", windows.Count, watched)}
	case long < 1:
		const text = "none of the zero windows seen in %s is as long as the %s that stopping all CPUs takes"
		return session.Forecast{Unknown: fmt.Sprintf(text, watched, session.Span(f.Latency))}
	}
	f.Chance = percent(long, float64(windows.Count))
	f.Wait = time.Duration(float64(w.Watched) / long)
	return f
}

// percent returns part of whole as a percentage, rounded, but not down to impossible nor up to certain.
func percent(part, whole float64) int {
	share := part / whole
	if share >= 1 {
		return 100
	}
	return int(min(99, max(1, math.Round(share*100))))
}
