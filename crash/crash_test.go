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

func divide() {
	zero := 0
	_ = 1 / zero
}
