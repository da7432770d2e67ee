// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// called returns a sample in which programs have called: the names in the order of their calls.
func called(at time.Time, ids map[string]int, names ...string) session.Sampled {
	s := session.Sampled{Head: session.Head{Kind: session.KindSampled, Time: at},
		Programs: &session.Programs{Total: len(names)}}
	for i, name := range names {
		s.Programs.List = append(s.Programs.List, session.ProgramCalls{ID: ids[name], Kind: session.CallerProgram,
			Comm: name, Calls: uint64(1000 * (len(names) - i)), Last: at})
	}
	return s
}

// TestProgramsKeepTheirRows has one program overtake the other, and a third come that calls more than both.
func TestProgramsKeepTheirRows(t *testing.T) {
	m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, 80, 24, Options{})
	press(m, "5", "j")
	ids := map[string]int{"curl": 1, "nginx": 2, "late": 3}
	rows := func(names ...string) (shown []string) {
		m.Update(eventsMsg{id: m.opID, events: []session.Event{called(m.live.Sample.Time, ids, names...)}})
		for _, r := range m.programs.table.rows {
			shown = append(shown, r.cells[0].text)
		}
		return shown
	}
	for _, c := range [][2][]string{
		{{"curl", "nginx"}, {"curl", "nginx"}},
		{{"nginx", "curl"}, {"curl", "nginx"}},
		{{"late", "nginx", "curl"}, {"curl", "nginx", "late"}},
		{{"late", "curl"}, {"curl", "late"}},
	} {
		if diff := cmp.Diff(c[1], rows(c[0]...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c[0], diff)
		}
	}
	press(m, "s", "s") // by calls: now the operator wants them in their order
	if diff := cmp.Diff([]string{"late", "nginx", "curl"}, rows("late", "nginx", "curl")); diff != "" {
		t.Errorf("sorted by calls (-want +got):\n%s", diff)
	}
}

// TestCallersKeyAnswers presses b where it can do nothing: the console says why.
func TestCallersKeyAnswers(t *testing.T) {
	for _, c := range []struct{ stop, want string }{
		{"nothing opened", "No patch is open whose calls"},
		{"armed", "is armed: x aborts that first"},
	} {
		stop := stoppedAt{session.KindArmed, 1, 2}
		m := screenAt(t, aborted, stop, 120, 24, Options{})
		if c.stop == "nothing opened" {
			m.forget()
		}
		press(m, "b")
		if screen := m.View().Content; !strings.Contains(screen, c.want) || m.byProgram {
			t.Errorf("%s: %q is not said:\n%s", c.stop, c.want, screen)
		}
	}
}

func TestWhenLastCalled(t *testing.T) {
	now := time.Date(2026, 11, 27, 14, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{-time.Millisecond: "now", 999 * time.Millisecond: "now",
		2900 * time.Millisecond: "2 s", 61 * time.Second: "1m01s", 2 * time.Hour: "2h00m"} {
		if got := lastText(now.Add(-ago), now); got != want {
			t.Errorf("%s ago: %q, want %q", ago, got, want)
		}
	}
	if got := lastText(time.Time{}, now); got != "before" {
		t.Errorf("before the watch: %q", got)
	}
	for n, want := range map[uint64]string{0: "0", 99999999: "99999999", 100000000: "100.0M"} {
		if got := callsText(n); got != want {
			t.Errorf("%d calls: %q, want %q", n, got, want)
		}
	}
}
