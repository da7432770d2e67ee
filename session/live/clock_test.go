// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/session"
)

// What the kernel's clock shows is told as the time of day, but never before that of the event before.
func TestTimesOfTheModule(t *testing.T) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ago := func(d time.Duration) uint64 { return uint64(ts.Nano() - d.Nanoseconds()) }
	near := func(what string, got, want time.Time) {
		t.Helper()
		if off := got.Sub(want).Abs(); off > time.Second {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	o := &operation{p: &patchset.Patch{}}
	armed := o.headAt(session.KindArmed, ago(time.Hour))
	near("armed an hour ago", armed.Time, now.Add(-time.Hour))
	switched := o.headAt(session.KindApplied, ago(time.Hour-time.Minute))
	if waited := switched.Time.Sub(armed.Time); (waited - time.Minute).Abs() > time.Second {
		t.Errorf("it waited %v, want a minute", waited)
	}
	near("a note now", o.head(session.KindNoted).Time, now)
	near("an attempt that is read after the note", o.headAt(session.KindAttempt, ago(time.Hour)).Time, now)
	if before, after := o.head(session.KindSampled), o.head(session.KindNoted); after.Time.Before(before.Time) {
		t.Error("the clock goes back")
	}
}
