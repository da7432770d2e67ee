// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"strings"
	"testing"
	"time"

	"spotos/probe"
	"spotos/session"
)

const ms = time.Millisecond

// windowsOf returns the measures of n windows of the same length.
func windowsOf(covered time.Duration, n int, long time.Duration) *probe.Measures {
	m := &probe.Measures{Covered: covered}
	for range n {
		m.Windows.Add(long)
	}
	m.AtZero = m.Windows.Total
	return m
}

func TestForecast(t *testing.T) {
	open := windowsOf(time.Second, 0, 0)
	open.Open, open.AtZero = time.Second, time.Second
	openAmongShort := windowsOf(time.Second, 97, 3*ms)
	openAmongShort.Open = 2 * ms
	for _, c := range []struct {
		name             string
		m                *probe.Measures
		latency          time.Duration
		unknown          string
		wait             time.Duration
		least, most      int // chance
		share            float64
		assumed, nothing bool
	}{
		{name: "nothing covered", m: &probe.Measures{}, unknown: "nothing"},
		{name: "none seen", m: windowsOf(10*time.Second, 0, 0), latency: ms,
			unknown: "no zero window was seen in 10 s"},
		{name: "too few", m: windowsOf(10*time.Second, 2, ms), unknown: "only 2", share: .0002},
		{name: "long ones", m: windowsOf(10*time.Second, 10, 100*ms), latency: ms,
			wait: time.Second, least: 100, most: 100, share: .1},
		{name: "too short", m: windowsOf(10*time.Second, 10, 10*time.Microsecond), latency: ms,
			unknown: "as long as the 1.0 ms", share: 1e-5},
		{name: "about as long as a stop", m: windowsOf(10*time.Second, 100, ms), latency: ms,
			wait: 200 * ms, least: 20, most: 90, share: .01},
		{name: "latency assumed", m: windowsOf(10*time.Second, 100, 50*ms),
			wait: 100 * ms, least: 100, most: 100, share: .5, assumed: true},
		{name: "at zero all the time", m: open, latency: ms, least: 100, most: 100, share: 1},
		{name: "open, and the earlier ones were short", m: openAmongShort, latency: 2 * ms,
			least: 1, most: 5, share: .291},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f forecaster
			w, got := f.add(time.Now(), c.m, c.latency)
			if c.unknown != "" {
				if !strings.Contains(got.Unknown, c.unknown) || got.Wait != 0 || got.Chance != 0 {
					t.Errorf("got %+v, want unknown because of %q", got, c.unknown)
				}
			} else if got.Unknown != "" || got.Chance < c.least || got.Chance > c.most || got.Assumed != c.assumed {
				t.Errorf("got %+v, want a chance from %d to %d, assumed %v", got, c.least, c.most, c.assumed)
			}
			if got.Wait < c.wait/2 || got.Wait > 2*c.wait {
				t.Errorf("got a wait of %v, want about %v", got.Wait, c.wait)
			}
			if w.Share < c.share*.99 || w.Share > c.share*1.01 {
				t.Errorf("got a share of %v, want %v", w.Share, c.share)
			}
		})
	}
}

// TestForecastForgets changes the workload: windows of minutes ago do not count any more.
func TestForecastForgets(t *testing.T) {
	var f forecaster
	begin := time.Now()
	total := &probe.Measures{}
	var last session.Forecast
	for s := 0; s < 1200; s++ {
		total.Covered += time.Second
		if s < 600 {
			total.Windows.Add(100 * ms)
			total.AtZero += 100 * ms
		}
		_, last = f.add(begin.Add(time.Duration(s)*time.Second), total, ms)
		if s == 599 && (last.Unknown != "" || last.Wait < 900*ms || last.Wait > 1100*ms) {
			t.Errorf("after 10 minutes with a window a second: %+v", last)
		}
	}
	if last.Unknown == "" {
		t.Errorf("10 minutes after the last window: %+v", last)
	}
	if len(f.past) > forecastSteps+1 {
		t.Errorf("it keeps %d moments, want %d at most", len(f.past), forecastSteps+1)
	}
}
