// SPDX-License-Identifier: GPL-2.0-only

package safego_test

import (
	"strings"
	"sync"
	"testing"

	"spotos/internal/safego"
)

// A panic is told to whoever catches, with the stack it happened on, and the group's wait ends.
func TestPanicIsTold(t *testing.T) {
	var got *safego.Panic
	release := safego.Catch(func(p *safego.Panic) { got = p })
	defer release()
	var group sync.WaitGroup
	safego.Go(&group, "counter", divide)
	group.Wait()
	if got == nil || got.Goroutine != "counter" || !strings.Contains(string(got.Stack), "safego_test.divide") {
		t.Fatalf("told of %+v", got)
	}
	if text := got.Error(); !strings.Contains(text, "panic in the counter: runtime error: integer divide by zero") {
		t.Errorf("it reads %q", text)
	}
}

// Two goroutines meet one bug: the second panics when the console has ended already, and only the process has not.
func TestSecondPanicEndsNothing(t *testing.T) {
	told := 0
	release := safego.Catch(func(*safego.Panic) { told++ })
	<-safego.Start("first", divide)
	release()
	<-safego.Start("second", divide)
	if told != 2 {
		t.Errorf("told %d times", told)
	}
}

func divide() {
	zero := 0
	_ = 1 / zero
}
