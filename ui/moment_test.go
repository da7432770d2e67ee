// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spotos/session"
)

// The figure is zero only for a while, and only where nobody was inside.
func TestMoment(t *testing.T) {
	begin := fixedClock()
	head := func(after time.Duration) session.Head { return session.Head{Time: begin.Add(after)} }
	safe, sample := session.SafePoint{Head: head(0)}, session.Sampled{Head: head(time.Second), InFlight: 3}
	late := session.Sampled{Head: head(momentShown), InFlight: 3}
	for _, c := range []struct {
		name    string
		events  []session.Event
		doubted bool
		want    bool
	}{
		{"nothing", nil, false, false},
		{"a safe point", []session.Event{safe}, false, true},
		{"a safe point by doubtful counts", []session.Event{safe}, true, false},
		{"a sample soon after", []session.Event{safe, sample}, false, true},
		{"a sample later", []session.Event{safe, late}, false, false},
		{"holders at it", []session.Event{safe, session.Attempted{Head: head(0), Total: 1}}, false, false},
		{"a switch in spite of doubts", []session.Event{session.Attempted{Head: head(0), Switched: true}}, true, true},
		{"armed again", []session.Event{safe, session.Armed{Head: head(1)}}, false, false},
	} {
		var m moment
		for _, e := range c.events {
			m.add(e, c.doubted)
		}
		if m.atZero() != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// What stays in the terminal is one line for each switch, and nothing if there was none.
func TestReceiptStaysInTheTerminal(t *testing.T) {
	s := startTerminal(t, easy, 120, 40)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("a-ooby")
	s.Wait("[ APPLIED ]", "stacks clear; last inside, by a sample ")
	s.Keys("vy")
	s.Wait("[ REVERTED ]", "the original code runs: ")
	s.Keys("q")
	s.EndsWell()
	s.Wait("no-oob applied on spotos-lab (Linux 6.12.117+deb12-amd64) at 2026-11-25 02:46:51.17",
		"no-oob reverted on spotos-lab")
	if n := strings.Count(s.Text(), "no-oob applied on"); n != 1 {
		t.Errorf("%d lines about one switch:\n%s", n, s.Text())
	}
}

func TestNoSwitchLeavesNothing(t *testing.T) {
	s := startTerminal(t, easy, 80, 24)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("q")
	s.End()
	s.Restored()
	if text := strings.TrimSpace(s.Text()); text != "" {
		t.Errorf("this is left in the terminal:\n%s", text)
	}
}

// The list of functions and the timeline stay where they are: before, at and after the switch.
func TestNothingJumpsAtTheSwitch(t *testing.T) {
	rowOf := func(m *Model, text string) int {
		for i, line := range m.lines() {
			if strings.Contains(line, text) {
				return i
			}
		}
		return -1
	}
	for _, size := range sizes {
		m := screenAt(t, receipt, stoppedAt{session.KindStarted, 1, 0}, size.w, size.h, Options{})
		functions, strip := rowOf(m, "FUNCTION "), rowOf(m, "Timeline")
		if functions < 0 {
			t.Fatalf("the functions are not shown:\n%s", m.View().Content)
		}
		for _, event := range allRecorded(t, receipt)[1:] {
			m.Update(eventsMsg{id: m.opID, events: []session.Event{event}})
			if f, s := rowOf(m, "FUNCTION "), rowOf(m, "Timeline"); f != functions || s != strip {
				t.Fatalf("%dx%d: with %T the functions are in row %d (%d before), the timeline in row %d (%d before)",
					size.w, size.h, event, f, functions, s, strip)
			}
		}
	}
}

// Where the switch itself was not seen, the screen still says what was seen of the new code.
func TestRunningWithoutAReceipt(t *testing.T) {
	m := screenAt(t, receipt, stoppedAt{session.KindSampled, 4, 0}, 80, 24, Options{})
	sample := m.live.Sample
	sample.State, sample.Replaced = session.StateApplied, &session.Replaced{Calls: 12}
	m.Update(eventsMsg{id: m.opID, events: []session.Event{sample}})
	if screen := m.View().Content; !strings.Contains(screen, "the new code runs: 12 calls seen in the replacements") {
		t.Errorf("the screen shows\n%s", screen)
	}
}

// While the figure is that of a moment, no figure of another time stands beside it without saying so.
func TestNothingContradictsTheMoment(t *testing.T) {
	moments := 0
	m := screenAt(t, receipt, stoppedAt{session.KindStarted, 1, 0}, 120, 40, Options{})
	for _, event := range allRecorded(t, receipt)[1:] {
		m.Update(eventsMsg{id: m.opID, events: []session.Event{event}})
		if !m.live.moment.atZero() {
			continue
		}
		moments++
		screen := m.View().Content
		when := "before the s" // a safe point, or the switch
		if sampled, ok := event.(session.Sampled); ok && sampled.Time.After(m.live.moment.at) {
			when = "since the switch, at "
		}
		_, total := m.live.Inside()
		if !strings.Contains(screen, " zero ") || strings.Contains(screen, " busy") ||
			total > 0 && !strings.Contains(screen, fmt.Sprintf("%d inside %s", total, when)) {
			t.Errorf("at %T the screen shows\n%s", event, screen)
		}
	}
	if moments < 3 {
		t.Errorf("the screen showed %d moments", moments)
	}
}
