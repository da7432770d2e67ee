// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"maps"
	"slices"
	"time"

	"spotos/session"
)

// picture is what the screen shows of one operation. Every view of the operation is drawn from it alone, so a paused
// screen is a copy of it.
type picture struct {
	patch string
	session.Fold
	history  map[string]*history
	moment   moment
	timeline timeline
	ended    bool // the stream is closed

	log []logEntry

	before session.Fold // what was done before or by others, since the machine was booted
	told   time.Time    // of the latest event of that
	untold bool         // it cannot be read
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
	c.timeline = p.timeline.clone()
	return &c
}

// add updates the picture with one event.
func (p *picture) add(event session.Event) {
	event = session.PlainEvent(event)
	p.Add(event)
	p.Recall(p.before.Receipt)
	p.timeline.add(event)
	p.moment.add(event, p.Sample.WhyDoubted() != "")
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
		h.add(e.Time, f)
	}
}

// armedNow reports whether the patch is armed, whoever armed it. p may be nil.
func (p *picture) armedNow() bool { return p != nil && !p.ended && p.State.Armed() }

// armedHere reports whether quitting would disarm the patch. p may be nil.
func (p *picture) armedHere() bool { return p.armedNow() && p.ByOther() == "" }

// hasHolder reports whether the thread pid is inside now; pid 0 stands for any thread.
func (p *picture) hasHolder(pid int) bool {
	holders, _ := p.Inside()
	return slices.ContainsFunc(holders, func(h session.Holder) bool { return pid == 0 || h.PID == pid })
}

// functions returns the names of the functions in the patch's order.
func (p *picture) functions() []string { return p.Started.Functions }
