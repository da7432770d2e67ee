// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"io/fs"
	"time"
)

// Span writes a duration as a person would say it: "52 ns", "1.3 s", "1h05m".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Span(-d)
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.1f us", float64(d)/float64(time.Microsecond))
	case d < time.Millisecond:
		return fmt.Sprintf("%d us", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// FileKind says what a file is that is no regular one.
func FileKind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// roughly writes a duration with two digits: an estimate has no more.
func roughly(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 100 {
		unit *= 10
	}
	return Span(d.Round(unit))
}

// String says how often a zero window begins and how long it lasts.
func (w ZeroWindows) String() string {
	switch {
	case w.Watched <= 0:
		return "zero windows: not known yet"
	case w.Count == 0 && w.Open == 0 && w.Share == 0:
		return fmt.Sprintf("no zero window in %s", Span(w.Watched))
	case w.Count == 0:
		return fmt.Sprintf("at zero %s of the time", share(w.Share))
	case w.Every == 0:
		windows := "1 window"
		if w.Count > 1 {
			windows = fmt.Sprintf("%d windows", w.Count)
		}
		return fmt.Sprintf("at zero %s of the time: %s in %s, half over %s",
			share(w.Share), windows, Span(w.Watched), roughly(w.P50))
	}
	return fmt.Sprintf("at zero %s of the time: a window every %s, half over %s",
		share(w.Share), roughly(w.Every), roughly(w.P50))
}

// share writes a part of 1 as a percentage. It writes 100% or 0% only for exactly all or nothing.
func share(part float64) string {
	switch {
	case part >= 1:
		return "100%"
	case part >= .995:
		return ">99%"
	case part >= .01:
		return fmt.Sprintf("%.0f%%", part*100)
	case part > 0:
		return "<1%"
	}
	return "0%"
}

// String says when to expect a safe point.
func (f Forecast) String() string {
	about := ""
	if f.Assumed {
		about = "about "
	}
	switch {
	case f.Held != "":
		return "no safe point before " + f.Held + " leaves"
	case f.Unknown != "" && f.Callers > 0:
		return "the next safe point is not known: " + f.Unknown + "; " + f.Outside()
	case f.Unknown != "":
		return "the next safe point is not known: " + f.Unknown
	case f.Chance == 0: // from a recording older than forecasts
		return "the next safe point is not known"
	case f.Wait == 0:
		return fmt.Sprintf("safe at this moment; chance of an attempt %s%d%%", about, f.Chance)
	}
	return fmt.Sprintf("a safe point comes every %s; chance per attempt %s%d%%", roughly(f.Wait), about, f.Chance)
}

// Outside says how often all callers are outside at one time, if they do not depend on each other; "" if it is not
// known.
func (f Forecast) Outside() string {
	const rarely = 24 * time.Hour
	switch {
	case f.Callers == 0:
		return ""
	case f.Together > rarely:
		return fmt.Sprintf("%d independent callers are hardly ever all outside", f.Callers)
	}
	return fmt.Sprintf("%d independent callers are all outside every %s", f.Callers, roughly(f.Together))
}

// Short says the same as String in a few words, for narrow screens.
func (f Forecast) Short() string {
	switch {
	case f.Held != "":
		return "none before " + f.Held + " leaves"
	case f.Unknown != "" || f.Chance == 0:
		return "next not known"
	case f.Wait == 0:
		return "safe now"
	}
	return "next ~" + roughly(f.Wait)
}
