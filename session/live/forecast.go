// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"math"
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
	// assumedLatency is the time that stopping all CPUs takes, until an attempt on this machine has measured it.
	assumedLatency = time.Millisecond
)

// forecaster keeps the measures of some earlier moments, so that add can subtract them from the newest.
type forecaster struct {
	past []measured
}

// measured are the totals since the watch began, at one moment.
type measured struct {
	at      time.Time
	covered time.Duration
	atZero  time.Duration
	windows probe.Times
}

// add takes the newest measures, and returns the zero windows and the forecast of the last minutes. latency is the time
// from zero until all CPUs stand, 0 if it is unknown.
func (f *forecaster) add(now time.Time, m *probe.Measures,
	latency time.Duration) (session.ZeroWindows, session.Forecast) {
	newest := measured{now, m.Covered, m.AtZero, m.Windows}
	oldest := measured{}
	if len(f.past) > 0 {
		oldest = f.past[0]
	}
	if n := len(f.past); n == 0 || now.Sub(f.past[n-1].at) >= forecastOver/forecastSteps {
		if n > forecastSteps {
			f.past = append(f.past[:0], f.past[1:]...)
		}
		f.past = append(f.past, newest)
	}
	recent := newest.windows.Sub(&oldest.windows)
	w := session.ZeroWindows{Watched: newest.covered - oldest.covered, Count: recent.Count, Open: m.Open,
		P50: recent.Quantile(.5), Longest: max(recent.Longest, m.Open)}
	if w.Watched <= 0 {
		return w, session.Forecast{Unknown: "nothing has been measured yet"}
	}
	w.Share = min(1, max(0, float64(newest.atZero-oldest.atZero)/float64(w.Watched)))
	if m.Open > 0 {
		recent.Add(m.Open)
	}
	if recent.Count >= enoughWindows {
		w.Every = w.Watched / time.Duration(recent.Count)
	}
	return w, forecast(w, &recent, latency)
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
