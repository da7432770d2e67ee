// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"sync"
	"time"

	"spotos/probe"
	"spotos/session"
)

// sightings remember since when each holder has been seen in its present call. The sampler writes them; who names the
// holders that the module found reads their ages. Methods may be called from any goroutine.
type sightings struct {
	mu sync.Mutex
	by map[int]sighting // by thread
}

// sighting is when a holder was first and last seen in its present call. A thread that has not run since, by its count
// of switches, is in the same call.
type sighting struct {
	begin, last time.Time
	switches    uint64
	before      bool // the call began before the watch
}

// see takes the holders of a sample, and forgets those that are not among them.
func (s *sightings) see(list []probe.Holder, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := make(map[int]sighting, len(list))
	for _, h := range list {
		seen := sighting{begin: now, last: now, switches: h.Switches, before: h.BeforeWatch > 0}
		if earlier, ok := s.by[h.PID]; ok && earlier.switches == h.Switches {
			seen.begin = earlier.begin
		}
		by[h.PID] = seen
	}
	s.by = by
}

// age fills in for how long each holder has been seen inside, and sorts the longest to the front.
func (s *sightings) age(holders []session.Holder) {
	s.mu.Lock()
	for i := range holders {
		if seen, ok := s.by[holders[i].PID]; ok {
			holders[i].Since, holders[i].Before = int64(seen.last.Sub(seen.begin)), seen.before
		}
	}
	s.mu.Unlock()
	session.LongestFirst(holders)
}

// listed returns the first holders of a sorted list: those that an event lists.
func listed(holders []session.Holder) []session.Holder {
	return holders[:min(len(holders), session.HoldersListed)]
}
