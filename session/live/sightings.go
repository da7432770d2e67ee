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
	stayed      int  // how many times it was woken and did not leave
}

// deafAfter is how many times in a row a holder must stay inside when it is woken until it counts as deaf.
const deafAfter = 3

// see takes the holders of a sample, and forgets those that are not among them.
func (s *sightings) see(list []probe.Holder, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := make(map[int]sighting, len(list))
	for _, h := range list {
		seen := sighting{begin: now, last: now, switches: h.Switches, before: h.BeforeWatch > 0}
		earlier, ok := s.by[h.PID]
		if ok && earlier.switches == h.Switches {
			seen.begin = earlier.begin
		}
		seen.stayed = earlier.stayed
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
			holders[i].Deaf = seen.stayed >= deafAfter
		}
	}
	s.mu.Unlock()
	session.LongestFirst(holders)
}

// stayed takes the holders of a moment when all that were woken and have left wait outside. It notes which of them are
// inside although they were woken, and returns those that are deaf to it from now on: three times in a row. A kernel
// thread waits nowhere: it may have left and come back, unless it sleeps uninterruptibly.
func (s *sightings) stayed(woken []int, holders []probe.Holder) []probe.Holder {
	s.mu.Lock()
	defer s.mu.Unlock()
	inside := make(map[int]probe.Holder, len(holders))
	for _, h := range holders {
		inside[h.PID] = h
	}
	var deaf []probe.Holder
	for _, pid := range woken {
		seen, ok := s.by[pid]
		h, in := inside[pid]
		switch {
		case !ok:
			continue
		case !in, h.Kthread && stateLetter(h.State) == "S":
			seen.stayed = 0
			s.by[pid] = seen
			continue
		}
		seen.stayed++
		s.by[pid] = seen
		if seen.stayed == deafAfter {
			deaf = append(deaf, h)
		}
	}
	return deaf
}

// deaf reports whether a thread has stayed inside each time it was woken.
func (s *sightings) deaf(pid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[pid].stayed >= deafAfter
}

// switches returns how often a thread had been switched out when it was last seen inside; ok is false if it was not.
func (s *sightings) switches(pid int) (n uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, ok := s.by[pid]
	return seen.switches, ok
}

// listed returns the first holders of a sorted list: those that an event lists.
func listed(holders []session.Holder) []session.Holder {
	return holders[:min(len(holders), session.HoldersListed)]
}
