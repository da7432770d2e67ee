// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// clock is the layout of times of day.
const clock = "15:04:05"

// withPeriod makes a sentence of an error or a reason. Its first letter stays as it is: it may begin a task's name.
func withPeriod(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// upperFirst begins a text of the console's own with a capital letter.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// fit cuts or pads s, which may be styled, to width columns.
func fit(s string, width int, right bool, ellipsis string) string {
	if width <= 0 {
		return ""
	}
	w := ansi.StringWidth(s)
	if w > width {
		return ansi.Truncate(s, width, ellipsis)
	}
	if right {
		return strings.Repeat(" ", width-w) + s
	}
	return s + strings.Repeat(" ", width-w)
}

// cut shortens s to width columns and pads nothing: styled spaces would have to be sent.
func cut(s string, width int, ellipsis string) string {
	return ansi.Truncate(s, max(width, 0), ellipsis)
}

// wrap breaks text into lines of at most width columns.
func wrap(s string, width int) []string {
	return strings.Split(ansi.Wrap(s, max(width, 1), " "), "\n")
}

// timed writes a residence time, or a dash if no call was timed.
func timed(d time.Duration, calls uint64) string {
	if calls == 0 {
		return "-"
	}
	return session.Span(d)
}

// longest writes how long the oldest call in flight has stayed, or "" if that is unknown.
func longest(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return session.Span(d)
}

// countText writes a count in at most 6 columns.
func countText(n int64) string {
	switch {
	case n >= 1e6:
		return rateText(float64(n))
	case n >= 1e5:
		return fmt.Sprintf("%dk", n/1e3)
	}
	return fmt.Sprint(n)
}

// rateText writes calls per second in at most 6 columns.
func rateText(rate float64) string {
	switch {
	case rate >= 1e9:
		return fmt.Sprintf("%.1fG", rate/1e9)
	case rate >= 1e6:
		return fmt.Sprintf("%.1fM", rate/1e6)
	case rate >= 1e4:
		return fmt.Sprintf("%.1fk", rate/1e3)
	case rate >= 100:
		return fmt.Sprintf("%.0f", rate)
	}
	return fmt.Sprintf("%.1f", rate)
}
