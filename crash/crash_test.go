// SPDX-License-Identifier: GPL-2.0-only

package crash_test

import (
	"strings"
	"sync"
	"testing"

	"spotos/crash"
)

// A panic is told to whoever catches, with the stack it happened on, and the group's wait ends.
func TestPanicIsTold(t *testing.T) {
	var got *crash.Panic
	release := crash.Catch(func(p *crash.Panic) { got = p })
	defer release()
	var group sync.WaitGroup
	crash.Go(&group, "counter", divide)
	group.Wait()
	if got == nil || got.Goroutine != "counter" || !strings.Contains(string(got.Stack), "crash_test.divide") {
		t.Fatalf("told of %+v", got)
	}
	if text := got.Error(); !strings.Contains(text, "panic in the counter: runtime error: integer divide by zero") {
		t.Errorf("it reads %q", text)
	}
}

// Two goroutines meet one bug: the second panics when the console has ended already, and only the process has not.
func TestSecondPanicEndsNothing(t *testing.T) {
	told := 0
	release := crash.Catch(func(*crash.Panic) { told++ })
	<-crash.Start("first", divide)
	release()
	<-crash.Start("second", divide)
	if told != 2 {
		t.Errorf("told %d times", told)
	}
}

func divide() {
	zero := 0
	_ = 1 / zero
}
