// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"testing"
	"time"

	"spotos/session"
)

// captioned is a console with captions that is brought into the state of a caption.
type captioned struct {
	state string
	file  string
	stop  stoppedAt // empty: no patch is in hand
	keys  []string
	then  func(t *testing.T, m *Model)
}

var (
	atWatch  = stoppedAt{session.KindSampled, 4, 0}
	atStuck  = stoppedAt{session.KindStuck, 1, 1}
	atLanded = stoppedAt{session.KindApplied, 1, 0}
	atBack   = stoppedAt{session.KindReverted, 1, 0}
)

// captionStates has each caption once, in the order of the tables.
var captionStates = []captioned{
	{"palette", easy, atWatch, []string{":"}, nil},
	{"typing", easy, atWatch, []string{"/"}, nil},
	{"arm-letters", easy, atWatch, []string{"a"}, nil},
	{"looking", easy, atWatch, nil, func(t *testing.T, m *Model) {
		m.opts.Arm = session.ArmOptions{Nudge: session.NudgeSignal}
		askToArm(m)
	}},
	{"nudge", stuck, atStuck, []string{"n"}, func(t *testing.T, m *Model) {
		m.Update(planMsg{id: m.opID, how: session.NudgeSignal, question: m.dialog})
	}},
	{"arm-yes", easy, atWatch, nil, func(t *testing.T, m *Model) { askToArm(m) }},
	{"question", easy, atLanded, []string{"v"}, nil},
	{"help", easy, atWatch, []string{"?"}, nil},
	{"paused", easy, atWatch, []string{"p"}, nil},
	{"building", easy, atWatch, []string{"6"}, func(t *testing.T, m *Model) { m.job = &job{} }},
	{"fixes", easy, atWatch, []string{"6"}, nil},
	{"page", easy, atWatch, []string{"d"}, nil},

	{"opening", easy, stoppedAt{}, []string{"enter", "enter"}, nil},
	{"no-patch", easy, stoppedAt{}, nil, func(t *testing.T, m *Model) { m.Update(patchesMsg{}) }},
	{"choose", easy, stoppedAt{}, nil, nil},
	{"ended", easy, atWatch, nil, func(t *testing.T, m *Model) { m.Update(eventsMsg{id: m.opID, ended: true}) }},
	{"silent", easy, atWatch, nil, func(t *testing.T, m *Model) { m.stale = true }},

	{"not-running", easy, atWatch, nil, sampled(func(s session.Sampled) []session.Event {
		s.State = session.StateNotRunning
		return []session.Event{s}
	})},
	{"other", easy, atWatch, nil, sampled(one(byOther(session.StateArmed, false)))},
	{"arming", easy, atWatch, nil, func(t *testing.T, m *Model) { m.arming = true }},
	{"zero-applied", easy, atLanded, nil, nil},
	{"zero-reverted", easy, atBack, nil, nil},
	{"switched", easy, stoppedAt{session.KindAttempt, 1, 0}, nil, nil},
	{"stuck-nobody", stuck, atStuck, nil, sampled(minuteLater(func(s session.Sampled) []session.Event {
		return []session.Event{zero(s)}
	}))},
	{"stuck-deaf", stuck, atStuck, nil, sampled(func(s session.Sampled) []session.Event {
		s.Holders[0].Deaf = true
		return []session.Event{s}
	})},
	{"stuck", stuck, atStuck, nil, nil},
	{"safe-point", easy, atWatch, nil, sampled(func(s session.Sampled) []session.Event {
		return []session.Event{zero(s), toArm(s), session.SafePoint{Count: 1}}
	})},
	{"attempted", easy, atWatch, nil, sampled(func(s session.Sampled) []session.Event {
		return []session.Event{zero(s), toArm(s), session.SafePoint{Count: 1}, session.Attempted{Number: 1, Total: 2}}
	})},
	{"nudged", stuck, stoppedAt{session.KindNudged, 1, 0}, nil, sampled(func(s session.Sampled) []session.Event {
		return []session.Event{zero(s)}
	})},
	{"waits-auto", stuck, stoppedAt{session.KindArmed, 1, 2}, nil, func(t *testing.T, m *Model) {
		m.live.Armed.Nudge = session.NudgeAuto
	}},
	{"waits", stuck, stoppedAt{session.KindArmed, 1, 2}, nil, nil},
	{"armed", easy, atWatch, nil, sampled(func(s session.Sampled) []session.Event {
		armed := zero(s)
		armed.State = session.StateArmed
		return []session.Event{toArm(s), armed}
	})},
	{"answers", receipt, stoppedAt{session.KindSampled, 30, 0}, nil, nil},
	{"applied", easy, atLanded, nil, sampled(minuteLater(func(s session.Sampled) []session.Event {
		s.State = session.StateApplied
		return []session.Event{s}
	}))},
	{"reverted", easy, atBack, nil, sampled(minuteLater(func(s session.Sampled) []session.Event {
		s.State = session.StateLoaded
		return []session.Event{s}
	}))},
	{"aborted", aborted, stoppedAt{session.KindAborted, 1, 1}, nil, nil},
	{"failed", easy, atWatch, nil, sampled(one(func(session.Sampled) session.Event {
		return session.Failed{Reason: "it cannot be", Refused: true}
	}))},
	{"refused", easy, atWatch, nil, func(t *testing.T, m *Model) {
		m.patches.list[0].Refusals = []string{"it was built for another kernel"}
	}},
	{"no-sample", easy, stoppedAt{session.KindStarted, 1, 0}, nil, nil},
	{"doubt", aborted, atWatch, nil, sampled(one(doubtful))},
	{"watching-held", stuck, stoppedAt{session.KindSampled, 8, 0}, nil, nil},
	{"watching", easy, atWatch, nil, nil},
}

// sampled has the console receive events that are made of its last sample.
func sampled(then func(session.Sampled) []session.Event) func(*testing.T, *Model) {
	return func(t *testing.T, m *Model) { m.Update(eventsMsg{id: m.opID, events: then(m.live.Sample)}) }
}

// minuteLater has the sample be from a time when the moment of zero is over.
func minuteLater(then func(session.Sampled) []session.Event) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event {
		s.Time = s.Time.Add(time.Minute)
		return then(s)
	}
}

// askToArm opens the question to arm and types its letters, after the time in which it takes no keys.
func askToArm(m *Model) {
	press(m, "a")
	for _, letter := range lastLetters(m.live.patch) {
		m.dialog.Key(keyMsg(string(letter)))
	}
}

// at brings a console of some size into the state.
func (c captioned) at(t *testing.T, w, h int, opts Options) *Model {
	t.Helper()
	opts.Captions = true
	m := viewed(t, c.file, c.stop, w, h, opts)
	press(m, c.keys...)
	if c.then != nil {
		c.then(t, m)
	}
	m.arrange()
	return m
}

// captionViews are whole screens with captions: the stations of the demo.
func captionViews() []view {
	var all []view
	for _, c := range captionStates {
		switch c.state {
		case "choose", "watching", "arm-yes", "waits", "stuck", "zero-applied", "answers", "reverted":
			all = append(all, view{"captions-" + c.state, c.at})
		}
	}
	return append(all, view{"captions-replay", func(t *testing.T, w, h int, opts Options) *Model {
		opts.Captions = true
		return replayed(t, w, h, opts)
	}})
}
