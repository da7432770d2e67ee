// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"maps"
	"slices"
	"time"

	"spotos/session"
)

// picture is what the events of one operation have told so far. Everything on the screen about an
// operation is drawn from it, so a frozen screen is a kept copy of it.
type picture struct {
	patch   string
	started session.Started
	kernel  session.State // what the module said last
	phase   phase

	sample  session.Sampled
	samples int
	history map[string]*history

	armed      session.Armed
	safePoints int
	attempts   int
	attempt    session.Attempted
	switched   session.Switched
	stuck      session.Stuck
	reason     string
	ended      bool // the stream is closed

	log []logEntry
}

func newPicture(patch string) *picture {
	return &picture{patch: patch, history: map[string]*history{}}
}

// clone returns a copy that later events do not change.
func (p *picture) clone() *picture {
	c := *p
	c.history = maps.Clone(p.history)
	for name, h := range c.history {
		kept := *h
		c.history[name] = &kept
	}
	return &c
}

// add takes one event in.
func (p *picture) add(event session.Event) {
	event = plainEvent(event)
	switch e := event.(type) {
	case session.Started:
		p.started, p.kernel, p.phase = e, e.State, phaseOf(e.State)
	case session.Sampled:
		p.addSample(e)
	case session.Armed:
		p.armed, p.attempts, p.safePoints, p.attempt = e, 0, 0, session.Attempted{}
		p.kernel, p.phase = session.StateArmed, phaseArmed
		if e.Direction == session.Revert {
			p.kernel, p.phase = session.StateReverting, phaseReverting
		}
	case session.SafePoint:
		p.safePoints, p.phase = e.Count, phaseSafePoint
	case session.Attempted:
		p.attempts, p.attempt, p.phase = e.Number, e, phaseAttempting
	case session.Switched:
		p.switched, p.kernel, p.phase = e, session.StateApplied, phaseApplied
		p.armed = session.Armed{}
		if e.Kind == session.KindReverted {
			p.kernel, p.phase = session.StateLoaded, phaseReverted
		}
	case session.Stuck:
		p.stuck, p.reason, p.phase = e, e.Reason, phaseStuck
	case session.Aborted:
		p.reason, p.phase = e.Reason, phaseAborted
		p.armed.Time = time.Time{}
		p.kernel = session.StateLoaded
		if p.armed.Direction == session.Revert {
			p.kernel = session.StateApplied
		}
	case session.Failed:
		if e.Refused || !p.phase.settled() { // what fails after a switch has not undone it
			p.reason, p.phase = e.Reason, phaseFailed
		}
	}
	p.addLog(event)
}

func (p *picture) addSample(e session.Sampled) {
	p.sample = e
	p.samples++
	for _, f := range e.Functions {
		h := p.history[f.Name]
		if h == nil {
			h = &history{}
			p.history[f.Name] = h
		}
		h.add(e.Time, f.Count, f.Calls)
	}
	if e.State == "" || e.State == session.StateUnknown { // what was last known stays
		return
	}
	p.kernel = e.State
	if !p.outlives(e.State) {
		p.phase = phaseOf(e.State)
	}
}

// outlives tells whether the phase says more than the module's word of the latest sample: how an operation
// ended stays on the screen until that word contradicts it.
func (p *picture) outlives(s session.State) bool {
	switch p.phase {
	case phaseApplied:
		return s == session.StateApplied
	case phaseReverted:
		return s == session.StateLoaded || s == session.StateNotLoaded
	case phaseStuck: // it may still be armed
		return p.stuck.Direction == session.Revert || s != session.StateApplied
	case phaseAborted, phaseFailed:
		return !isArmed(s)
	}
	return false
}

// isArmed tells whether the kernel would switch by itself in this state.
func isArmed(s session.State) bool { return s == session.StateArmed || s == session.StateReverting }

// armedNow tells whether quitting would take an arming back.
func (p *picture) armedNow() bool { return p != nil && !p.ended && isArmed(p.kernel) }

// doubt returns why the figure of the whole patch cannot be vouched for, or "".
func (p *picture) doubt() string {
	for _, f := range p.sample.Functions {
		if why := doubtOf(f); why != "" {
			return f.Name + ": " + why
		}
	}
	return ""
}

// waited returns how long it has been armed at the last sample.
func (p *picture) waited() time.Duration {
	if p.armed.Time.IsZero() || p.sample.Time.Before(p.armed.Time) {
		return 0
	}
	return p.sample.Time.Sub(p.armed.Time)
}

// inside returns who holds, as far as it is known, and how many they are. What the module found at the deadline counts
// until the counts know better. The stacks are read just before the counts: of who was first seen there then, and is no
// longer counted, it is known that he has left.
func (p *picture) inside() (holders []session.Holder, total int) {
	known := p.samples > 0 && p.doubt() == ""
	switch s := p.sample; {
	case known && s.InFlight == 0:
		stay := slices.DeleteFunc(slices.Clone(s.Holders), func(h session.Holder) bool { return h.Since == 0 && !h.Before })
		return stay, s.Total - (len(s.Holders) - len(stay))
	case p.phase != phaseStuck, len(s.Holders) > 0, known && s.Time.After(p.stuck.Time):
		return s.Holders, s.Total
	}
	return p.stuck.Holders, p.stuck.Total
}

// holds tells whether the thread pid is inside now; 0 is anybody.
func (p *picture) holds(pid int) bool {
	holders, _ := p.inside()
	return slices.ContainsFunc(holders, func(h session.Holder) bool { return pid == 0 || h.PID == pid })
}

// functions returns the names in the patch's order.
func (p *picture) functions() []string { return p.started.Functions }
