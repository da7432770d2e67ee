// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// waiting is what makes sense while it is armed and nobody stays whom a nudge would free.
const waiting = "wait: it switches by itself at the next safe point   x abort: the old code stays   " +
	"n nudge: wake who is inside"

// stages are what has happened to a patch, and what makes sense then, the recommended first.
var stages = []struct {
	name   string
	events func(session.Sampled) []session.Event
	nudge  string // of the arm options
	next   string
}{
	{"watching", one(busy), "", "a arm: it switches when nobody is inside   q quit: the old code stays"},
	{"armed", asArmed(), "",
		"n nudge: wake sleeper, who stays inside   x abort: the old code stays   or wait until it leaves"},
	{"armed, nudging", func(s session.Sampled) []session.Event {
		events := asArmed()(s)
		armed := events[0].(session.Armed)
		armed.Nudge = session.NudgeAuto
		return append([]session.Event{armed}, events[1:]...)
	}, "", "wait: it wakes sleeper by itself   x abort: the old code stays   n nudge: wake who is inside"},
	{"armed, deaf", held(func(h *session.Holder) { h.Deaf = true }), "", waiting},
	{"armed, not inside for long", held(func(h *session.Holder) { h.Since = int64(stayed) - 1 }), "", waiting},
	{"armed, inside as long as is usual there", func(s session.Sampled) []session.Event {
		events := asArmed()(s)
		s = events[1].(session.Sampled)
		s.Functions = slices.Clone(s.Functions)
		s.Functions[0].Timed, s.Functions[0].P99 = 100, time.Minute/lateTimes
		return []session.Event{events[0], s}
	}, "", waiting},
	{"armed by another", one(byOther(session.StateArmed, false)), "",
		"wait: it was armed elsewhere, and switches by itself   x abort: asks the one that armed it"},
	{"switching", asArmed(session.Attempted{Number: 1, Switched: true}), "",
		"wait: it has switched, and the receipt follows"},
	{"an attempt found holders", asArmed(session.Attempted{Number: 1, Total: 1}), "",
		"n nudge: wake sleeper, who stays inside   x abort: the old code stays   or wait until it leaves"},
	{"applied", asArmed(session.Switched{Head: session.Head{Kind: session.KindApplied}}), "",
		"q quit: the new code stays   v revert: back to the old code   ! a shell"},
	{"reverting", asReverting(), "",
		"n nudge: wake sleeper, who stays inside   x abort: the new code stays   or wait until it leaves"},
	{"reverted", asReverting(session.Switched{Head: session.Head{Kind: session.KindReverted}}), "",
		"q quit: the old code stays   a arm: apply it again   ! a shell"},
	{"stuck", asArmed(session.Stuck{Direction: session.Apply}), "",
		"n nudge: wake sleeper, try again   r retry: meets sleeper again   x abort: the old code stays"},
	{"stuck on the way back", asReverting(session.Stuck{Direction: session.Revert}), "",
		"n nudge: wake sleeper, try again   r retry: meets sleeper again   x abort: the new code stays"},
	{"stuck, deaf", inside(func(h *session.Holder) { h.Deaf = true }), "",
		"r retry: switches once sleeper has left   n nudge: a freeze keeps it out once it leaves   " +
			"x abort: the old code stays"},
	{"stuck, asleep for good", inside(func(h *session.Holder) { h.State, h.Kthread = "D", true }), "",
		"r retry: switches once sleeper has left   n nudge: does not free it   x abort: the old code stays"},
	{"stuck, nobody inside", func(s session.Sampled) []session.Event {
		return append(asArmed(session.Stuck{Direction: session.Apply})(s), aSecondOn(zero(s)))
	}, "", "r retry: nobody is inside now   x abort: the old code stays"},
	{"stuck elsewhere", one(byOther(session.StateArmed, true)), "",
		"x abort: asks the one that armed it   or nudge and retry there"},
	{"aborted", asArmed(session.Aborted{}), "", "a arm again, then n to wake sleeper   q quit: the old code stays"},
	{"aborted, nudging", asArmed(session.Aborted{}), session.NudgeAuto,
		"a arm again: it wakes sleeper by itself   q quit: the old code stays"},
	{"aborted on the way back", asReverting(session.Aborted{}), "",
		"v revert again, then n to wake sleeper   q quit: the new code stays"},
	{"aborted, deaf", func(s session.Sampled) []session.Event {
		events := inside(func(h *session.Holder) { h.Deaf = true })(s)
		return append(events, session.Aborted{})
	}, session.NudgeAuto, "a arm again: once sleeper has left   q quit: the old code stays"},
	{"aborted, only others inside", func(s session.Sampled) []session.Event {
		s = busy(s).(session.Sampled)
		s.Holders[0].Since = int64(stayed) - 1
		return append(asArmed()(s), s, session.Aborted{})
	}, "", "a arm again: it switches when nobody is inside   q quit: the old code stays"},
	{"failed", one(func(session.Sampled) session.Event {
		return session.Failed{Reason: "it is probed with a jump", Refused: true}
	}), "", "a arm again: once the cause is gone   q quit: the old code stays"},
	{"not running", one(func(s session.Sampled) session.Event {
		s.State = session.StateNotRunning
		return s
	}), "", "reboot: nothing here can mend it   q quit"},
}

// busy returns the sample s with one task that has stayed inside.
func busy(s session.Sampled) session.Event {
	s.InFlight, s.Total, s.State = 1, 1, session.StateLoaded
	s.Holders = []session.Holder{{PID: 7, TGID: 7, Comm: "sleeper", State: "S", Function: "pair_encode",
		Since: int64(time.Minute)}}
	return s
}

// aSecondOn returns the sample s a second later.
func aSecondOn(s session.Sampled) session.Sampled {
	s.Time, s.State = s.Time.Add(time.Second), session.StateArmed
	return s
}

// asArmed returns an arming with that task inside, and what follows.
func asArmed(then ...session.Event) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event {
		s = busy(s).(session.Sampled)
		armed := toArm(s)
		s.State = session.StateArmed
		return append([]session.Event{armed, s}, then...)
	}
}

// asReverting returns the same of the way back.
func asReverting(then ...session.Event) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event {
		s = busy(s).(session.Sampled)
		armed := toArm(s)
		armed.Direction, s.State = session.Revert, session.StateReverting
		return append([]session.Event{armed, s}, then...)
	}
}

// held returns a patch that is armed with that task inside, changed in some way.
func held(change func(*session.Holder)) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event {
		events := asArmed()(s)
		change(&events[1].(session.Sampled).Holders[0])
		return events
	}
}

// inside returns a patch that is stuck with that task inside, changed in some way.
func inside(change func(*session.Holder)) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event {
		events := held(change)(s)
		holders := events[1].(session.Sampled).Holders
		return append(events, session.Stuck{Direction: session.Apply, Holders: holders, Total: 1})
	}
}

// In each state what helps most comes first, with what comes of it; on a narrow screen that is never cut.
func TestNext(t *testing.T) {
	for _, c := range stages {
		for _, width := range []int{200, 60} {
			m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, width, 60, Options{})
			m.opts.Arm.Nudge = c.nudge
			m.Update(eventsMsg{id: m.opID, events: c.events(m.live.Sample)})
			line, want := ansi.Strip(m.nextLine()), "Next: "+c.next
			if width == 60 {
				want, _, _ = strings.Cut(want, "   ")
			}
			if got := line; !strings.HasPrefix(got, want) || width == 200 && got != want || ansi.StringWidth(got) > width {
				t.Errorf("%s, %d columns: %q, want %q", c.name, width, got, want)
			}
		}
	}
}

// Each key of the line does something in that state: none is refused.
func TestNextKeysAreNotRefused(t *testing.T) {
	for _, c := range stages {
		m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, 200, 60, Options{})
		m.opts.Arm.Nudge = c.nudge
		m.Update(eventsMsg{id: m.opID, events: c.events(m.live.Sample)})
		for _, step := range m.nextSteps() {
			for _, a := range m.actions() {
				then := c.name == "aborted" || c.name == "aborted on the way back" // n comes after the other key
				if a.binding.Help().Key != step.Help().Key || then && a.binding.Help().Key == "n" {
					continue
				}
				if why := m.whyNot(a); why != "" {
					t.Errorf("%s: %s is refused: %s", c.name, step.Help().Key, why)
				}
			}
		}
	}
}

// A question says which letters it wants and what follows then, and always which key means no.
func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		width int
		typed []string
		want  string
	}{
		{80, nil, "Answer: type -oob the last 4 characters of its name: then y arms it   esc no"},
		{60, nil, "Answer: type -oob the last 4 characters of its name   esc no"},
		{80, []string{"-", "o", "o", "x"}, "Answer: backspace erase: that is not how its name ends   esc no"},
		{80, []string{"-", "o", "o", "b"}, "Answer: y arm it: it switches when nobody is inside   esc no"},
	} {
		m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		m.setSize(c.width, 24)
		now := fixedClock()
		m.opts.Now = func() time.Time { now = now.Add(time.Second); return now }
		press(m, append([]string{"a"}, c.typed...)...)
		if got := ansi.Strip(m.nextLine()); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A recording says how to go on, and the position stands above the keys.
func TestNextInARecording(t *testing.T) {
	for _, c := range []struct {
		position session.Position
		want     string
	}{
		{session.Position{Event: 24, Events: 44},
			"Next: space pause   ] on: to the next entry of the log   . an event on   q quit"},
		{session.Position{Event: 24, Events: 44, Paused: true}, "Next: space play on   ] on"},
		{session.Position{Event: 44, Events: 44}, "Next: q quit: the recording has ended   [ back: to"},
	} {
		m := replayed(t, 80, 24, Options{})
		m.position = c.position
		if got := ansi.Strip(m.nextLine()); !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.position, got, c.want)
		}
		if line := ansi.Strip(m.lines()[m.positionRow()]); !strings.HasPrefix(line, "Recording: ") {
			t.Errorf("the position is not above the keys: %q", line)
		}
	}
}

// Which code runs stands at one place of its line in every state and at every size, in words; it is green only where
// the kernel says that the new code runs. While no patch is chosen there is no such sign.
func TestCodeSignStaysInItsPlace(t *testing.T) {
	for _, size := range sizes {
		for _, c := range stages {
			m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, size.w, size.h, Options{})
			m.Update(eventsMsg{id: m.opID, events: c.events(m.live.Sample)})
			line := ansi.Strip(m.stateLine())
			if code := string(m.live.Code()); strings.Index(line, " "+code+" ") != len("pair  ") || code == "" ||
				strings.Index(line, "[ ") != len("pair   CODE UNKNOWN   ") {
				t.Errorf("%dx%d, %s: %q", size.w, size.h, c.name, line)
			}
			green := strings.Contains(m.stateLine(), m.skin.GoodBadge.Render(" "+string(m.live.Code())+" "))
			if green != (m.live.Code() == session.CodeNew) {
				t.Errorf("%s: %s is green: %v", c.name, m.live.Code(), green)
			}
		}
	}
	m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, 80, 24, Options{})
	m.stale = true
	if line := ansi.Strip(m.stateLine()); !strings.Contains(line, "CODE UNKNOWN") {
		t.Errorf("without samples: %q", line)
	}
	m.forget()
	if line := ansi.Strip(m.stateLine()); strings.Contains(line, "CODE") {
		t.Errorf("without a patch: %q", line)
	}
}
