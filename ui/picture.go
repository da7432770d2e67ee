// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"maps"
	"slices"

	"spotos/session"
)

// picture is what the screen shows of one operation. Everything on the screen about an operation is drawn
// from it, so a frozen screen is a kept copy of it.
type picture struct {
	patch string
	session.Fold
	history map[string]*history
	ended   bool // the stream is closed

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
	event = session.PlainEvent(event)
	p.Add(event)
	if e, ok := event.(session.Sampled); ok {
		p.addHistory(e)
		return
	}
	p.addLog(event)
}

func (p *picture) addHistory(e session.Sampled) {
	for _, f := range e.Functions {
		h := p.history[f.Name]
		if h == nil {
			h = &history{}
			p.history[f.Name] = h
		}
		h.add(e.Time, f.Count, f.Calls)
	}
}

// armedNow tells whether quitting would take an arming back.
func (p *picture) armedNow() bool { return p != nil && !p.ended && p.State.Armed() }

// holds tells whether the thread pid is inside now; 0 is anybody.
func (p *picture) holds(pid int) bool {
	holders, _ := p.Inside()
	return slices.ContainsFunc(holders, func(h session.Holder) bool { return pid == 0 || h.PID == pid })
}

// functions returns the names in the patch's order.
func (p *picture) functions() []string { return p.Started.Functions }
