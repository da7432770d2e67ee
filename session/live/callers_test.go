// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"math/rand/v2"
	"testing"
	"time"

	"spotos/session"
)

// TestCallersTogether samples simulated callers that are inside for 200 ms and outside for 50 ms, on average, and
// compares the estimate with how often all were outside.
func TestCallersTogether(t *testing.T) {
	const n, step = 3, time.Millisecond
	rnd := rand.New(rand.NewPCG(1, 2))
	var c callers
	inside := make([]bool, n)
	now, calls, windows, all := time.Unix(0, 0), uint64(0), 0, true
	const samples = 100
	for tick := range 500 * samples {
		now = now.Add(step)
		out := 0
		for i := range inside {
			stay := 50
			if inside[i] {
				stay = 200
			}
			if rnd.IntN(stay) == 0 {
				inside[i] = !inside[i]
				if inside[i] {
					calls++
				}
			}
			if !inside[i] {
				out++
			}
		}
		if out == n && !all {
			windows++
		}
		all = out == n
		if tick%500 == 0 {
			var holders []session.Holder
			for i := range inside {
				if inside[i] {
					holders = append(holders, session.Holder{PID: 100 + i})
				}
			}
			c.add(now, holders, calls)
		}
	}
	got, every := c.together(now, calls, 0)
	want := now.Sub(time.Unix(0, 0)) / time.Duration(windows)
	if got != n || every < want/2 || every > want*2 {
		t.Errorf("%d callers together every %v, want %d every %v within a factor of 2 (%d seen)", got, every, n, want,
			windows)
	}
}

func TestCallersUnknown(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	two := []session.Holder{{PID: 1}, {PID: 2}}
	for _, c := range []struct {
		name    string
		holders []session.Holder
		samples int
		calls   int // a sample
		longest time.Duration
		want    int
	}{
		{"two that come and go", two, 20, 2, time.Second, 2},
		{"one alone", two[:1], 20, 1, 0, 0},
		{"too few samples", two, enoughSamples - 1, 2, 0, 0},
		{"one may be there for good", two, 20, 2, 19 * time.Second, 0},
		{"none ever leaves", two, 20, 0, 0, 0},
	} {
		var seen callers
		for i := range c.samples {
			seen.add(at(i), c.holders, uint64(i*c.calls))
		}
		n, every := seen.together(at(c.samples), uint64(c.samples*c.calls), c.longest)
		if n != c.want || (every > 0) != (c.want > 0) {
			t.Errorf("%s: %d callers every %v, want %d", c.name, n, every, c.want)
		}
	}
}

// TestCallersForget has callers that end: they do not count for good.
func TestCallersForget(t *testing.T) {
	var c callers
	now := time.Unix(0, 0)
	for i := range 20 * manySamples {
		holders := []session.Holder{{PID: 1}, {PID: 2}}
		if i < 50 {
			holders = append(holders, session.Holder{PID: 3})
		}
		now = now.Add(time.Second)
		c.add(now, holders, uint64(i))
	}
	if n, _ := c.together(now, 20*manySamples, 0); n != 2 {
		t.Errorf("%d callers, want 2", n)
	}
}
