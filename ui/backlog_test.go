// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// Samples wait for a line that is behind, as what has happened does not, and not for good.
func TestSamplesWaitForASlowLine(t *testing.T) {
	const drained = 5 // looks until the line has sent all
	for _, c := range []struct {
		name   string
		events []session.Event
		unsent func(look int) int
		looks  int
	}{
		{"a line that is behind", []session.Event{session.Sampled{}, session.Sampled{}},
			func(look int) int { return map[bool]int{true: 4000}[look < drained] }, drained},
		{"something has happened", []session.Event{session.Sampled{}, session.SafePoint{}},
			func(int) int { return 4000 }, 0},
		{"a line that stands", []session.Event{session.Sampled{}}, func(int) int { return 4000 }, -1},
		{"a fast line", []session.Event{session.Sampled{}}, func(int) int { return lineRoom }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ch, looks := make(chan session.Event, len(c.events)), 0
			for _, e := range c.events {
				ch <- e
			}
			begin := time.Now()
			msg := eventsCmd(t.Context(), 1, ch, fastest, func() int { looks++; return c.unsent(looks) })().(eventsMsg)
			if len(msg.events) != len(c.events) || c.looks >= 0 && looks != c.looks {
				t.Errorf("%d events after %d looks at the line, want %d after %d", len(msg.events), looks, len(c.events), c.looks)
			}
			if took := time.Since(begin); took > longestHeld+labtest.Patience(t) {
				t.Errorf("it took %v", took)
			}
		})
	}
}
