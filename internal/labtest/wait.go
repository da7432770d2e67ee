// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"testing"
	"time"

	"spotos/internal/timescale"
)

// Limit stretches a time limit for slow machines.
func Limit(tb testing.TB, d time.Duration) time.Duration {
	tb.Helper()
	limit, err := timescale.Limit(d)
	if err != nil {
		tb.Fatal(err)
	}
	return limit
}

// Patience bounds a wait that has no limit of its own. The lab's CPUs are emulated.
func Patience(tb testing.TB) time.Duration {
	tb.Helper()
	if In() {
		return Limit(tb, time.Minute)
	}
	return Limit(tb, 20*time.Second)
}

// Eventually waits until look finds nothing wrong any more.
func Eventually(tb testing.TB, look func() error) {
	tb.Helper()
	limit := Patience(tb)
	if err := within(limit, look); err != nil {
		tb.Fatalf("after %v: %v", limit, err)
	}
}

// within returns what look still found wrong when the limit was over.
func within(limit time.Duration, look func() error) error {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := look()
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}
