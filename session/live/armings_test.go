// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"
	"time"

	"spotos/session"
)

func ended(a *arming) bool { return over(a.ended) }

// A request that the module refuses leaves what is armed as it is: its options, its reason, and its end.
func TestRefusedRequestChangesNothing(t *testing.T) {
	var l armings
	first := l.request(session.ArmOptions{Timeout: time.Second})
	l.accept(first)
	l.setWhy("asked for")
	second := l.request(session.ArmOptions{Timeout: time.Hour, Direction: session.Revert})
	if e := l.event(); e.Timeout != time.Second || l.latest() != first {
		t.Errorf("while the module is asked, an event belongs to %+v", e)
	}
	l.setWhy("asked for again")
	l.refuse(second)
	if !ended(second) || ended(first) {
		t.Errorf("ended: the refused one %v, the first %v", ended(second), ended(first))
	}
	if e := l.event(); e.Timeout != time.Second || e.why != "asked for again" {
		t.Errorf("an event belongs to %+v", e)
	}
	l.end()
	if !ended(first) || l.latest() != nil || l.armed() != nil {
		t.Error("it has not ended")
	}
}

// The next arming may be accepted while the last event of the one before is still to be read.
func TestArmingAfterArming(t *testing.T) {
	var l armings
	first := l.request(session.ArmOptions{Timeout: 1})
	if l.latest() != nil {
		t.Error("a request counts as armed before the module says so")
	}
	l.event() // its Armed event comes before the module's answer
	if l.latest() != first {
		t.Error("it is armed, and not the latest")
	}
	l.accept(first)
	second := l.request(session.ArmOptions{Timeout: 2})
	l.accept(second)
	l.setWhy("of the second")
	if e := l.event(); e.Timeout != 1 || e.why != "the arming was taken back" {
		t.Errorf("the first one's last event belongs to %+v", e)
	}
	l.end()
	if e := l.event(); e.Timeout != 2 || e.why != "of the second" || ended(second) {
		t.Errorf("the second one's event belongs to %+v", e)
	}
}

func TestNothingArmed(t *testing.T) {
	var l armings
	l.setWhy("nothing")
	l.end()
	if e := l.event(); e.ended != nil || l.armed() != nil {
		t.Errorf("an event belongs to %+v", e)
	}
}
