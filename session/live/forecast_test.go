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
			w, got := f.add(time.Now(), c.m, conditions{latency: c.latency})
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

// TestNewWindows counts the windows that ended between two samples, by nudges too.
func TestNewWindows(t *testing.T) {
	var f forecaster
	now := time.Now()
	for i, c := range []struct {
		ended  int // since the watch began
		nudged bool
		fresh  uint64
	}{{4, false, 4}, {4, false, 0}, {9, true, 5}, {10, false, 1}, {12, false, 2}} {
		m := windowsOf(time.Duration(i+1)*time.Second, c.ended, ms)
		w, _ := f.add(now.Add(time.Duration(i)*time.Second), m, conditions{nudged: c.nudged, latency: ms})
		if w.New != c.fresh {
			t.Errorf("sample %d: %d new windows, want %d", i, w.New, c.fresh)
		}
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
		_, last = f.add(begin.Add(time.Duration(s)*time.Second), total, conditions{latency: ms})
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

// TestForecastWithoutNudges has windows only while it nudges: they say nothing about the workload.
func TestForecastWithoutNudges(t *testing.T) {
	for _, c := range []struct {
		name    string
		nudged  func(second int) bool
		unknown bool
	}{
		{"never nudged", func(int) bool { return false }, false},
		{"nudged all the time", func(int) bool { return true }, true},
		{"nudged until a window that stays open", func(s int) bool { return s < 20 }, true},
	} {
		var f forecaster
		begin := time.Now()
		total := &probe.Measures{}
		var windows session.ZeroWindows
		var last session.Forecast
		for s := range 30 {
			total.Covered += time.Second
			if s < 20 {
				total.Windows.Add(400 * ms)
				total.AtZero += 400 * ms
			} else { // the window that nudges made last stays open
				total.Open += time.Second
				total.AtZero += time.Second
			}
			at := conditions{latency: ms, nudged: c.nudged(s)}
			windows, last = f.add(begin.Add(time.Duration(s)*time.Second), total, at)
		}
		if (last.Unknown != "") != c.unknown || c.unknown && (windows.Count > 0 || windows.Share > 0 || windows.Open > 0) {
			t.Errorf("%s: %+v, %+v", c.name, windows, last)
		}
	}
}

// After the nudging its windows stay left out, and those that come by themselves count.
func TestForecastAfterNudges(t *testing.T) {
	var f forecaster
	begin := time.Now()
	total := &probe.Measures{}
	var windows session.ZeroWindows
	for s := range 40 {
		total.Covered += time.Second
		long := 5 * ms
		if s < 20 {
			long = 500 * ms
		}
		total.Windows.Add(long)
		total.AtZero += long
		windows, _ = f.add(begin.Add(time.Duration(s)*time.Second), total, conditions{latency: ms, nudged: s < 20})
	}
	if windows.Count == 0 || windows.Longest > 5*ms || windows.Share > .01 {
		t.Errorf("20 s after the last nudge: %+v", windows)
	}
}

// With a holder far older than calls are, no window comes before it leaves, whatever was measured.
func TestForecastNamesAHolderThatIsOverdue(t *testing.T) {
	for _, c := range []struct {
		inside time.Duration
		open   time.Duration
		held   string
	}{
		{time.Hour, 0, "a (pid 1)"}, {time.Second, 0, ""}, {time.Hour, ms, ""},
	} {
		m := windowsOf(10*time.Second, 10, 100*ms)
		m.Open = c.open
		m.Residence = make([]probe.Times, 1)
		m.Residence[0].Add(ms)
		holders := []session.Holder{{PID: 1, Comm: "a", Function: "f", Since: int64(c.inside)}, {PID: 2, Function: "f"}}
		var f forecaster
		_, got := f.add(time.Now(), m, conditions{latency: ms, overdue: overdue(holders, []string{"f"}, m)})
		if got.Held != c.held || (got.Chance > 0) == (c.held != "") {
			t.Errorf("inside for %v, a window open for %v: %+v", c.inside, c.open, got)
		}
	}
}

// A function whose calls stay for long has no holder that is overdue before it has stayed for much longer.
func TestOverdueComparesWithTheFunctionsCalls(t *testing.T) {
	m := &probe.Measures{Residence: make([]probe.Times, 1)}
	m.Residence[0].Add(time.Minute)
	holder := session.Holder{PID: 1, Comm: "a", Function: "f", Since: int64(5 * time.Minute)}
	if got := overdue([]session.Holder{holder}, []string{"f"}, m); got != "" {
		t.Errorf("5 minutes inside, where calls stay for one: %q is overdue", got)
	}
	holder.Since = int64(time.Hour)
	if got := overdue([]session.Holder{holder}, []string{"f"}, m); got == "" {
		t.Error("an hour inside, where calls stay for a minute: nobody is overdue")
	}
}
