// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"
	"time"

	"spotos/probe"
	"spotos/session"
)

// The module names holders in the order of the task list. Those that the samples have seen inside for long come first,
// and the passers-by last.
func TestHoldersOfTheModuleGetTheirAge(t *testing.T) {
	var seen sightings
	begin := time.Now()
	sleeper, worker := probe.Holder{PID: 7, Switches: 1}, probe.Holder{PID: 5, Switches: 1}
	seen.see([]probe.Holder{worker, sleeper}, begin)
	worker.Switches = 2 // it has run in between: another call, perhaps
	seen.see([]probe.Holder{worker, sleeper, {PID: 6, BeforeWatch: 1, Switches: 3}}, begin.Add(time.Minute))
	holders := []session.Holder{{PID: 2}, {PID: 5}, {PID: 6}, {PID: 7}}
	seen.age(holders)
	want := []session.Holder{{PID: 6, Before: true}, {PID: 7, Since: int64(time.Minute)}, {PID: 2}, {PID: 5}}
	for i, want := range want {
		if got := holders[i]; got.PID != want.PID || got.Since != want.Since || got.Before != want.Before {
			t.Errorf("holder %d is %+v, want %+v", i, got, want)
		}
	}
	seen.see(nil, begin.Add(time.Hour))
	if len(seen.by) != 0 {
		t.Errorf("it remembers %d that have left", len(seen.by))
	}
}

// 20,000 holders: a sample lists the longest inside and stays small.
func TestSampleListsTheLongestInside(t *testing.T) {
	const crowd = 20000
	begin := time.Now()
	var list []probe.Holder
	for i := range crowd {
		list = append(list, probe.Holder{PID: i + 1, Comm: "worker", Switches: 1})
	}
	s := history{seen: &sightings{}}
	s.seen.see(list[crowd-1:], begin) // the last one came first
	s.seen.see(list, begin.Add(time.Second))
	inside, stacks := s.holders(list, []string{"f"}), stacksOf(list)
	got := s.list(inside, stacks, nil)
	if len(inside) != crowd || len(got) != session.HoldersListed || got[0].PID != crowd {
		t.Errorf("%d of %d listed, first pid %d", len(got), len(inside), got[0].PID)
	}
	s.all = true
	if got := s.list(inside, stacks, nil); len(got) != crowd {
		t.Errorf("%d of all listed", len(got))
	}
}
