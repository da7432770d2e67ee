// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"testing"
	"time"
)

func TestForecastInWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ZeroWindows{}.String(), "zero windows: not known yet"},
		{ZeroWindows{Watched: 12500 * time.Millisecond}.String(), "no zero window in 12 s"},
		{ZeroWindows{Watched: time.Minute, Open: time.Minute, Share: 1}.String(), "at zero 100% of the time"},
		{ZeroWindows{Watched: time.Minute, Open: 1, Share: .9999}.String(), "at zero >99% of the time"},
		{ZeroWindows{Watched: time.Minute, Count: 2, Share: .002, P50: 55 * time.Millisecond}.String(),
			"at zero <1% of the time: 2 windows in 1m00s, half over 55 ms"},
		{ZeroWindows{Watched: time.Minute, Count: 75, Share: .25, Every: 814 * time.Millisecond, P50: 1234567}.String(),
			"at zero 25% of the time: a window every 810 ms, half over 1.2 ms"},
		{Forecast{}.String(), "the next safe point is not known"},
		{Forecast{Unknown: "why"}.String(), "the next safe point is not known: why"},
		{Forecast{Chance: 100}.String(), "safe at this moment; chance of an attempt 100%"},
		{Forecast{Chance: 62, Wait: 1312 * time.Millisecond, Assumed: true}.String(),
			"a safe point comes every 1.3 s; chance per attempt about 62%"},
		{Forecast{Chance: 62, Wait: 90 * time.Minute}.String(),
			"a safe point comes every 1h30m; chance per attempt 62%"},
		{Forecast{Held: "a (pid 1)"}.String(), "no safe point before a (pid 1) leaves"},
		{Forecast{Held: "a (pid 1)"}.Short(), "none before a (pid 1) leaves"},
		{Span(999), "999 ns"},
		{Span(9990 * time.Microsecond), "10.0 ms"},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}
