// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestCollectLater has the garbage collector at the first pace until it has run once, and at the usual one after that.
func TestCollectLater(t *testing.T) {
	const usual = 150
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	collectLater()
	if pace := debug.SetGCPercent(firstCollection); pace != firstCollection {
		t.Fatalf("it begins with a pace of %d", pace)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
		if debug.SetGCPercent(firstCollection) == usual {
			return
		}
	}
	t.Error("the usual pace never came")
}

// TestCollectAsAsked leaves a pace alone that somebody has set.
func TestCollectAsAsked(t *testing.T) {
	const asked = 150
	t.Setenv("GOGC", "150")
	defer debug.SetGCPercent(debug.SetGCPercent(asked))
	collectLater()
	if pace := debug.SetGCPercent(asked); pace != asked {
		t.Errorf("the pace is %d", pace)
	}
}
