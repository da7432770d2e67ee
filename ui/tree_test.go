// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// stuckAt returns a console on a patch that is stuck, with the sample after that changed.
func stuckAt(t *testing.T, w, h int, change func(*session.Sampled)) *Model {
	t.Helper()
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, Options{})
	s := m.live.Sample
	s.Time = s.Time.Add(time.Second)
	change(&s)
	m.Update(eventsMsg{id: m.opID, events: []session.Event{s}})
	return m
}

// rowsOf returns the rows of the holders, without spaces at the end.
func rowsOf(m *Model) []string {
	var rows []string
	for _, r := range m.holders.table.rows {
		rows = append(rows, strings.TrimSpace(r.text()))
	}
	return rows
}

// inStacks returns so many holders, each in one of three stacks.
func inStacks(n int) []session.Holder {
	list := make([]session.Holder, n)
	for i := range list {
		list[i] = session.Holder{PID: 1000 + i, TGID: 1000, Comm: "worker", State: "S", Function: "inet_recvmsg",
			Since: int64(n-i) * int64(time.Second), Stack: []string{"wait_woken+0x1", fmt.Sprintf("way%d+0x2", i%3),
				"inet_recvmsg+0x3", "sock_recvmsg+0x4", "__x64_sys_read+0x5"}}
	}
	return list
}

// The largest group comes first, enter opens it and closes it again, and the holders in it can be chosen.
func TestGroupsOpen(t *testing.T) {
	m := stuckAt(t, 120, 40, func(s *session.Sampled) { s.Holders, s.Total = inStacks(4), 4 })
	closed := []string{
		"+ 2 x  the longest 4.0 s  wait_woken < way0 < [inet_recvmsg], by read",
		"+ 1 x  3.0 s  wait_woken < way1 < [inet_recvmsg], by read",
		"+ 1 x  2.0 s  wait_woken < way2 < [inet_recvmsg], by read"}
	if diff := cmp.Diff(closed, rowsOf(m)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	press(m, "3", "enter")
	open := []string{
		"- 2 x  the longest 4.0 s  wait_woken < way0 < [inet_recvmsg], by read",
		"worker 1000 S inet_recvmsg 4.0 s wait_woken < way0, by read",
		"worker 1003 S inet_recvmsg 1.0 s wait_woken < way0, by read",
		closed[1], closed[2]}
	if diff := cmp.Diff(open, rowsOf(m)); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	press(m, "j", "j")
	if h, ok := m.holders.chosen(); !ok || h.PID != 1003 {
		t.Errorf("the cursor is on %+v", h)
	}
	press(m, "k", "k", "enter")
	if diff := cmp.Diff(closed, rowsOf(m)); diff != "" {
		t.Errorf("closed again (-want +got):\n%s", diff)
	}
}

// Who sorts or filters sees the holders one by one.
func TestSortedHoldersStandAlone(t *testing.T) {
	m := stuckAt(t, 120, 40, func(s *session.Sampled) { s.Holders, s.Total = inStacks(4), 4 })
	press(m, "3", "/", "1", "0", "0", "3", "enter")
	if diff := cmp.Diff([]string{"worker 1003 S inet_recvmsg 1.0 s wait_woken < way0, by read"}, rowsOf(m)); diff != "" {
		t.Errorf("filtered (-want +got):\n%s", diff)
	}
	press(m, "esc")
	if n := len(rowsOf(m)); n != 3 {
		t.Errorf("without a filter there are %d rows, want 3 groups", n)
	}
	press(m, "s")
	if n := len(rowsOf(m)); n != 4 {
		t.Errorf("sorted there are %d rows, want 4 holders", n)
	}
}

// The groups count all holders, of whom a hundred are listed; an open group says how many are not.
func TestGroupsCountThoseThatAreNotListed(t *testing.T) {
	m := stuckAt(t, 80, 24, func(s *session.Sampled) {
		s.Holders, s.Total = inStacks(100), 20000
		s.Groups = session.Group(inStacks(20000))
	})
	press(m, "3", "enter", "G")
	rows := rowsOf(m)
	const rest = "and 6633 more, which are not listed"
	if len(rows) != 3+34+1 || !strings.HasPrefix(rows[0], "- 6667 x") || rows[35] != rest {
		t.Errorf("%d rows: %q", len(rows), rows)
	}
	if screen := ansi.Strip(m.View().Content); !strings.Contains(screen, "3 Holders 20000, by stack") {
		t.Errorf("the number of all is not shown:\n%s", screen)
	}
}

// Where the groups are not of all holders, it is said how many are left.
func TestGroupsOfSomeHolders(t *testing.T) {
	m := stuckAt(t, 80, 24, func(s *session.Sampled) { s.Holders, s.Total = inStacks(100), 20000 })
	rows := rowsOf(m)
	if last := rows[len(rows)-1]; len(rows) != 4 || last != "and 19900 more, whose stacks are not listed" {
		t.Errorf("%q", rows)
	}
}

// A recording may list all of 20,000 holders. A picture costs what it costs to look at each once: ten times as many
// take no more than some ten times as much memory, and only the rows on the screen are drawn.
func TestManyHoldersAreCheap(t *testing.T) {
	cost := func(n int) float64 {
		m := stuckAt(t, 80, 24, func(s *session.Sampled) { s.Holders, s.Total = inStacks(n), n })
		return testing.AllocsPerRun(3, func() {
			m.holders.SetPicture(m.shown)
			m.arrange()
			m.View()
		})
	}
	few, many := cost(2000), cost(20000)
	t.Logf("%.0f allocations for 2,000 holders, %.0f for 20,000", few, many)
	if many > 12*few {
		t.Errorf("%.0f allocations for 2,000 holders, %.0f for 20,000", few, many)
	}
}

func BenchmarkManyHolders(b *testing.B) {
	m, sample := fullScreen(b)
	sample.Holders, sample.Total = inStacks(20000), 20000
	stuck := session.Stuck{Holders: sample.Holders[:100], Total: 20000}
	m.Update(eventsMsg{events: []session.Event{stuck, sample}})
	for b.Loop() {
		sample.Time = sample.Time.Add(time.Second)
		m.Update(eventsMsg{events: []session.Event{sample}})
		m.View()
	}
}
