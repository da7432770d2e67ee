// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// s cycles through the visible columns that have an order, numbers with the largest first, and marks the column.
func TestSortCyclesThroughVisibleColumns(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want string
	}{
		{60, 16, "▲FUNCTION ▼NOW ▲STATE ▼OLDER ▼PEAK ▼CALLS/S own"},
		{80, 24, "▲FUNCTION ▼NOW ▲STATE ▼OLDER ▼PEAK ▼CALLS/S ▼P50 ▼P99 ▼LONGEST own"},
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
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, Options{})
	var want []int
	for _, h := range m.live.Sample.Holders {
		want = append(want, h.PID)
	}
	if len(want) < 3 {
		t.Fatalf("with the holders %v nothing is shown", want)
	}
	pids := func() (list []int) {
		for _, r := range m.holders.table.rows {
			pid, _ := strconv.Atoi(strings.Fields(r.id)[0])
			list = append(list, pid)
		}
		return list
	}
	press(m, "3", "s", "s")
	slices.Sort(want)
	slices.Reverse(want)
	if got := pids(); !slices.Equal(got, want) {
		t.Errorf("by pid it shows %v, want %v", got, want)
	}
	press(m, "S")
	slices.Reverse(want)
	if got := pids(); !slices.Equal(got, want) {
		t.Errorf("reversed it shows %v, want %v", got, want)
	}
}

// A copied row can be read without the heading.
func TestCopiedRowHasNames(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, Options{})
	r, _ := m.dashboard.table.selected()
	golden(t, "copied-row", m.dashboard.table.pairs(r)+"\n")
	sample := session.Sampled{Functions: []session.FunctionSample{{Name: "f"}, {Name: "g"}}}
	m.Update(eventsMsg{id: m.opID, events: []session.Event{doubtful(sample)}})
	r, _ = m.dashboard.table.selected()
	const want = "function: f, now: -1?, state: DOUBT, ? the count is below zero"
	if got := m.dashboard.table.pairs(r); !strings.HasPrefix(got, want) {
		t.Errorf("copied is %q, want %q", got, want)
	}
}
