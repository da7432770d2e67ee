// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"slices"
	"time"

	"spotos/probe"
	"spotos/session"
)

// replaced sees, while the patch is applied, that calls enter the replacements: probes on their own first instructions
// count them. It belongs to the sampler. The probes come off again before a revert is under way, and each by itself
// once it has counted enough to show that the code runs.
type replaced struct {
	o       *operation
	entries *probe.Entries
	since   time.Time
	unknown string // why nothing can be seen
}

// report fills in what has been seen until now.
func (r *replaced) report(ev *session.Sampled) {
	if ev.State != session.StateApplied {
		r.end()
		return
	}
	if r.since.IsZero() {
		r.begin()
	}
	ev.Replaced = &session.Replaced{Since: r.since, Unknown: r.unknown}
	if r.entries == nil {
		return
	}
	counts, err := r.entries.Counts()
	if err != nil {
		ev.Replaced.Unknown = err.Error()
		return
	}
	ev.Replaced.Limited = slices.ContainsFunc(counts, func(n uint64) bool { return n >= probe.EntriesLimit })
	for _, n := range counts {
		ev.Replaced.Calls += n
	}
}

// begin puts the probes on.
func (r *replaced) begin() {
	to, err := r.o.replacements()
	if err == nil && len(to) == 0 {
		err = errors.New("the module names no replacements")
	}
	var addrs []uint64
	for _, t := range to {
		addrs = append(addrs, t.addr)
	}
	if err == nil {
		r.entries, err = probe.CountEntries(addrs)
	}
	if err != nil {
		r.unknown = err.Error()
	}
	r.since = time.Now()
}

// end takes the probes off and forgets what was seen.
func (r *replaced) end() {
	if r.entries != nil {
		r.entries.Close()
	}
	r.entries, r.since, r.unknown = nil, time.Time{}, ""
}
