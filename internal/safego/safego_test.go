// SPDX-License-Identifier: GPL-2.0-only

package safego_test

import (
	"strings"
	"sync"
	"testing"

	"spotos/internal/safego"
)

// A panic is reported to the catcher with the stack of the goroutine that panicked, and waiting for the group ends.
func TestPanicIsReported(t *testing.T) {
	var got *safego.Panic
	release := safego.Catch(func(p *safego.Panic) { got = p })
	defer release()
	var group sync.WaitGroup
	safego.Go(&group, "counter", divide)
	group.Wait()
	if got == nil || got.Goroutine != "counter" || !strings.Contains(string(got.Stack), "safego_test.divide") {
		t.Fatalf("reported: %+v", got)
	}
	if text := got.Error(); !strings.Contains(text, "panic in the counter: runtime error: integer divide by zero") {
		t.Errorf("it reads %q", text)
	}
}

// Two goroutines meet one bug: the second panics after the console has ended, while the process still runs.
func TestSecondPanicEndsNothing(t *testing.T) {
	reports := 0
	release := safego.Catch(func(*safego.Panic) { reports++ })
	<-safego.Start("first", divide)
	release()
	<-safego.Start("second", divide)
	if reports != 2 {
		t.Errorf("reported %d times, want 2", reports)
	}
}

func divide() {
	zero := 0
	_ = 1 / zero
}
