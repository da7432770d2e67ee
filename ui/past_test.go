// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

func pastHead(kind session.Kind, second int) session.Head {
	return session.Head{Kind: kind, Patch: "pair", Time: fixedClock().Add(time.Duration(second) * time.Second)}
}

// anApplying is what a journal has of a patch that somebody armed and that switched.
func anApplying(at int) []session.Event {
	return []session.Event{
		session.Armed{Head: pastHead(session.KindArmed, at), Direction: session.Apply, By: "spotos (pid 7) of root on pts/3"},
		session.Attempted{Head: pastHead(session.KindAttempt, at+1), Number: 1, Switched: true, Walked: 9},
		session.Switched{Head: pastHead(session.KindApplied, at+1), Attempts: 1, Wait: time.Second, Window: time.Millisecond},
	}
}

func words(p *picture) (out []string) {
	for _, e := range p.log {
		out = append(out, e.word)
	}
	return out
}

// TestRemember fills the log and the receipt of a patch that was applied before, and each event stands there once.
func TestRemember(t *testing.T) {
	p := newPicture("pair")
	p.add(session.Started{Head: pastHead(session.KindStarted, 100), State: session.StateApplied})
	past := session.Past{Events: anApplying(10), Booted: pastHead("", 0).Time}
	p.remember(past)
	p.remember(past)
	if diff := cmp.Diff([]string{"armed", "attempt", "applied", "watching"}, words(p)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(p.log[0].text, "by spotos (pid 7) of root on pts/3") {
		t.Errorf("who armed it is not said: %q", p.log[0].text)
	}
	if !p.Receipt.Recalled || !strings.Contains(p.sentence(), "armed by spotos (pid 7)") {
		t.Errorf("no receipt: %s", p.sentence())
	}
	if !p.told.Equal(pastHead("", 11).Time) {
		t.Errorf("it was told until %v", p.told)
	}
	var left tickets
	left.add(p)
	if len(left.lines) > 0 {
		t.Errorf("a switch of before leaves a line: %s", left.lines)
	}
}

// TestRememberNoReceipt wants none of what the patch is not, and none of before the machine was booted.
func TestRememberNoReceipt(t *testing.T) {
	for name, tt := range map[string]struct {
		state  session.State
		booted int
		events []session.Event
		words  []string
	}{
		"not applied": {session.StateLoaded, 0, anApplying(10), []string{"armed", "attempt", "applied", "watching"}},
		"booted since": {session.StateApplied, 50, anApplying(10),
			[]string{"armed", "attempt", "applied", "booted", "watching"}},
		"reverted since": {session.StateApplied, 0, append(anApplying(10),
			session.Switched{Head: pastHead(session.KindReverted, 20)}),
			[]string{"armed", "attempt", "applied", "reverted", "watching"}},
		"nothing known": {session.StateApplied, 0, nil, []string{"watching"}},
	} {
		p := newPicture("pair")
		p.add(session.Started{Head: pastHead(session.KindStarted, 100), State: tt.state})
		p.remember(session.Past{Events: tt.events, Booted: pastHead("", tt.booted).Time})
		if !p.Receipt.None() {
			t.Errorf("%s: it has a receipt of %v", name, p.Receipt.Switched.Time)
		}
		if diff := cmp.Diff(tt.words, words(p)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRememberOthers shows what another process does while it has the patch armed, and how that ends.
func TestRememberOthers(t *testing.T) {
	p := newPicture("pair")
	booted := pastHead("", 0).Time
	sample := func(second int, state session.State, by string) {
		p.add(session.Sampled{Head: pastHead(session.KindSampled, second), State: state, ArmedBy: by})
	}
	p.add(session.Started{Head: pastHead(session.KindStarted, 1), State: session.StateLoaded})
	sample(10, session.StateArmed, "spotos (pid 7)")
	p.remember(session.Past{Events: anApplying(10)[:1], Booted: booted})
	p.remember(session.Past{Events: anApplying(10)[1:], Booted: booted})
	sample(12, session.StateApplied, "")
	if diff := cmp.Diff([]string{"watching", "armed", "attempt", "applied"}, words(p)); diff != "" {
		t.Error(diff)
	}
	if p.Receipt.None() || p.Receipt.By == "" || !strings.Contains(p.sentence(), "armed by spotos (pid 7)") {
		t.Errorf("no receipt of the other's switch: %s", p.sentence())
	}
}
