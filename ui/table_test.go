// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// s goes through the columns that are shown and have an order, numbers with the largest first, and marks them.
func TestSortGoesThroughWhatIsShown(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want string
	}{
		{60, 16, "▲FUNCTION ▼NOW ▲STATE ▼PEAK ▼CALLS/S ▼0 SEEN own"},
		{80, 24, "▲FUNCTION ▼NOW ▲STATE ▼BEFORE ▼PEAK ▼CALLS/S ▼0 SEEN ▼P50 ▼P99 own"},
	} {
		m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, c.w, c.h, Options{})
		var got []string
		for range 20 {
			press(m, "2", "s")
			if m.dashboard.table.sortBy == 0 {
				got = append(got, "own")
				break
			}
			column := m.dashboard.table.columns[m.dashboard.table.sortBy-1].title
			for _, mark := range []string{"▲", "▼"} {
				if strings.Contains(ansi.Strip(m.View().Content), mark+column) {
					got = append(got, mark+column)
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%dx%d: %v, want %s", c.w, c.h, got, c.want)
		}
	}
}

func TestNumbersSortLargestFirst(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindSampled, 5, 0}, 80, 24, Options{})
	pids := func() (list []string) {
		for _, r := range m.holders.table.rows {
			list = append(list, strings.Fields(r.id)[0])
		}
		return list
	}
	press(m, "3", "s", "s")
	if got, want := fmt.Sprint(pids()), "[150 148 147 146 145 144 143 140]"; got != want {
		t.Errorf("by pid it shows %s, want %s", got, want)
	}
	press(m, "S")
	if got, want := fmt.Sprint(pids()), "[140 143 144 145 146 147 148 150]"; got != want {
		t.Errorf("reversed it shows %s, want %s", got, want)
	}
}

// What is copied can be read without the heading.
func TestCopiedRowHasNames(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, Options{})
	r, _ := m.dashboard.table.selected()
	if got, want := m.dashboard.table.pairs(r), "function: inet_recvmsg, now: 3, state: busy, before: 2, peak: 8, calls/s: 59.8, 0 seen: 0%, p50: 91 ms, p99: 117 ms, longest: 10 s"; got != want {
		t.Errorf("copied is %q, want %q", got, want)
	}
	m.Update(eventsMsg{id: m.opID, events: []session.Event{doubtful(session.Sampled{Functions: []session.FunctionSample{{Name: "f"}, {Name: "g"}}})}})
	r, _ = m.dashboard.table.selected()
	if got, want := m.dashboard.table.pairs(r), "function: f, now: -1?, state: DOUBT, ? the count is below zero"; !strings.HasPrefix(got, want) {
		t.Errorf("copied is %q, want %q", got, want)
	}
}
