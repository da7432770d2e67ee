// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"time"

	"spotos/internal/safego"
	"spotos/kmod"
	"spotos/session"
)

// readLoop reads the module's events and emits them as session's, until the device is closed.
func (o *operation) readLoop(dev *kmod.Device) {
	safePoints := uint32(0)
	for {
		ev, err := dev.ReadEvent()
		if err != nil {
			return
		}
		safego.Point("reader")
		if ev.SafePoints > safePoints {
			o.emit(session.SafePoint{Head: o.headAt(session.KindSafePoint, ev.TimeNS-ev.TriggerNS),
				Count: int(ev.SafePoints)})
		}
		safePoints = ev.SafePoints
		o.handle(dev, ev)
	}
}

// handle emits what one event of the module means, and updates the state of the operation.
func (o *operation) handle(dev *kmod.Device, ev kmod.Event) {
	current := o.armings.event()
	switch ev.Type {
	case kmod.EventArmed:
		o.emit(session.Armed{Head: o.headAt(session.KindArmed, ev.TimeNS), Direction: directionOf(ev),
			Strategy: strategyOf(ev), Timeout: current.Timeout, Retry: ev.Attempts > 0, Nudge: current.Nudge,
			Patience: current.Patience, By: armedBy()})
		o.setStuck(false)
		o.trying = make(chan struct{})
		o.startNudges(current, o.trying)
	case kmod.EventAttempt:
		o.emit(o.attempted(dev, ev))
	case kmod.EventSwitched:
		o.triesNoMore()
		o.emit(o.attempted(dev, ev))
		kind := session.KindApplied
		if directionOf(ev) == session.Revert {
			kind = session.KindReverted
		}
		o.emit(session.Switched{Head: o.headAt(kind, ev.TimeNS), Attempts: int(ev.Attempts), Wait: time.Duration(ev.WaitNS),
			Trigger: time.Duration(ev.TriggerNS), Window: time.Duration(ev.WindowNS)})
		o.armings.end()
	case kmod.EventStuck:
		o.triesNoMore()
		o.setStuck(true)
		o.emit(o.stuckEvent(dev, ev))
	case kmod.EventDisarmed:
		o.triesNoMore()
		o.emit(session.Aborted{Head: o.headAt(session.KindAborted, ev.TimeNS), Reason: current.why})
		o.armings.end()
	}
}

// triesNoMore ends the nudges that go with an arming, until the kernel tries again.
func (o *operation) triesNoMore() {
	if o.trying != nil {
		close(o.trying)
		o.trying = nil
	}
}

// directionOf returns the direction of the arming that the event belongs to. A refused Arm does not change it.
func directionOf(ev kmod.Event) session.Direction {
	if ev.Direction == kmod.Revert {
		return session.Revert
	}
	return session.Apply
}

// strategyOf returns the strategy of that arming.
func strategyOf(ev kmod.Event) session.Strategy {
	if ev.Strategy == kmod.Retry {
		return session.RetryStrategy
	}
	return session.SafePointStrategy
}

// attempted returns the event of an attempt, with the holders that the module found if it did not switch.
func (o *operation) attempted(dev *kmod.Device, ev kmod.Event) session.Attempted {
	a := session.Attempted{Head: o.headAt(session.KindAttempt, ev.TimeNS),
		Number: int(ev.Attempts), Cause: ev.Cause.String(),
		Switched: ev.Type == kmod.EventSwitched, Stopped: clockTime(ev.TimeNS), Window: time.Duration(ev.WindowNS),
		Trigger: time.Duration(ev.TriggerNS), Stop: time.Duration(ev.StopNS),
		Walked: int(ev.Walked), FullWalk: ev.FullWalk != 0,
		Total: int(ev.Holders), LostSoFar: int(ev.LostBeforeThis)}
	if ev.TriggerNS > 0 {
		o.m.latency.Store(int64(ev.TriggerNS))
	}
	if !a.Switched {
		a.Holders, _ = o.holders(dev)
	}
	return a
}

// holders returns the holders that the last attempt found, the longest inside first, and the number of all.
func (o *operation) holders(dev *kmod.Device) ([]session.Holder, int) {
	list, total, err := dev.Holders()
	if err != nil {
		return nil, 0
	}
	var out []session.Holder
	for i := range list {
		out = append(out, holderFromModule(&list[i], o.names, o.kernel))
	}
	o.seen.age(out)
	return listed(out), total
}
