// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

const (
	easy    = "recorded-apply.jsonl"
	stuck   = "recorded-stuck.jsonl"
	aborted = "recorded-abort.jsonl"
	receipt = "recorded-receipt.jsonl"
)

// views are every state and pane of real runs, with the keys that lead there.
var views = []struct {
	name string
	file string
	stop stoppedAt
	keys []string
}{
	{"none", easy, stoppedAt{}, nil},
	{"watching", easy, stoppedAt{session.KindSampled, 4, 0}, nil},
	{"watching-zero", easy, stoppedAt{session.KindSampled, 3, 0}, nil},
	{"watching-before", stuck, stoppedAt{session.KindSampled, 5, 0}, nil},
	{"armed", aborted, stoppedAt{session.KindArmed, 1, 2}, nil},
	{"safe-point", easy, stoppedAt{session.KindSafePoint, 1, 0}, nil},
	{"attempt-failed", stuck, stoppedAt{session.KindAttempt, 1, 0}, nil},
	{"attempting", easy, stoppedAt{session.KindAttempt, 1, 0}, nil},
	{"applied", easy, stoppedAt{session.KindApplied, 1, 2}, nil},
	{"switched", easy, stoppedAt{session.KindApplied, 1, 0}, nil},
	{"receipt", receipt, stoppedAt{session.KindSampled, 30, 0}, nil},
	{"reverting", easy, stoppedAt{session.KindArmed, 2, 0}, nil},
	{"reverted", easy, stoppedAt{session.KindReverted, 1, 1}, nil},
	{"stuck", stuck, stoppedAt{session.KindStuck, 1, 1}, nil},
	{"aborted", aborted, stoppedAt{session.KindAborted, 1, 1}, nil},
	{"patches", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"1"}},
	{"functions", aborted, stoppedAt{session.KindSampled, 4, 0}, []string{"2", "j", "enter"}},
	{"holders", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "j", "j"}},
	{"holders-group", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "enter"}},
	{"holders-stack", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "enter", "j", "enter"}},
	{"log", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"4"}},
	{"holders-applied", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"3", "enter"}},
	{"log-entry", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"4", "enter", "g"}},
	{"timeline", stuck, stoppedAt{session.KindApplied, 1, 3}, []string{"+"}},
	{"timeline-two", aborted, stoppedAt{session.KindArmed, 1, 5}, []string{"+"}},
	{"timeline-holders", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "+"}},
	{"paused", stuck, stoppedAt{session.KindSampled, 5, 0}, []string{"p"}},
	{"filter", stuck, stoppedAt{session.KindSampled, 5, 0}, []string{"3", "/", "/", "7"}},
	{"sorted", stuck, stoppedAt{session.KindSampled, 5, 0}, []string{"3", "s", "s", "S"}},
	{"help", easy, stoppedAt{session.KindSampled, 4, 0}, []string{"?"}},
	{"refused-key", easy, stoppedAt{session.KindSampled, 4, 0}, []string{"v"}},
	{"arm-question", easy, stoppedAt{session.KindSampled, 4, 0}, []string{"a"}},
	{"revert-question", easy, stoppedAt{session.KindApplied, 1, 2}, []string{"v"}},
	{"abort-question", aborted, stoppedAt{session.KindArmed, 1, 2}, []string{"x"}},
	{"retry-question", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"r"}},
	{"nudge-question", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"n"}},
	{"nudge-one", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "j", "n"}},
	{"quit-question", aborted, stoppedAt{session.KindArmed, 1, 2}, []string{"q"}},
}

// staged are views of events that no real run produced.
var staged = []struct {
	name string
	then func(session.Sampled) []session.Event
	keys []string
}{
	{"watching-doubt", one(doubtful), nil},
	{"functions-doubt", one(doubtful), []string{"2", "enter"}},
	{"failed", one(func(session.Sampled) session.Event {
		const reason = "pair_encode is probed with a jump (kprobe): remove the probe first"
		return session.Failed{Reason: reason, Refused: true}
	}), nil},
	{"safe-point-at-zero", func(s session.Sampled) []session.Event {
		return []session.Event{zero(s), toArm(s), session.SafePoint{Count: 1}}
	}, nil},
	{"attempt-at-zero", func(s session.Sampled) []session.Event {
		return []session.Event{zero(s), toArm(s), session.SafePoint{Count: 1}, session.Attempted{Number: 1, Total: 2}}
	}, nil},
	{"armed-by-other", one(byOther(session.StateArmed, false)), nil},
	{"stuck-by-other", one(byOther(session.StateArmed, true)), nil},
	{"abort-other", one(byOther(session.StateArmed, true)), []string{"x"}},
	{"stuck-revert", func(s session.Sampled) []session.Event {
		armed, stuck := toArm(s), session.Stuck{Direction: session.Revert, Holders: s.Holders, Total: s.Total}
		armed.Direction, s.State = session.Revert, session.StateReverting
		return []session.Event{armed, stuck, s}
	}, nil},
	{"stuck-container", inContainer, nil},
	{"stuck-kthread", byKthread, nil},
	{"programs", one(byPrograms), []string{"5", "j"}},
	{"programs-entry", one(byPrograms), []string{"5", "j", "enter"}},
	{"programs-sorted", one(byPrograms), []string{"5", "s", "s"}},
	{"programs-not-counted", one(func(s session.Sampled) session.Event { return s }), []string{"5"}},
	{"held", one(func(s session.Sampled) session.Event {
		s.Forecast = session.Forecast{Held: "consumer/0 (pid 81)"}
		return s
	}), nil},
}

// one returns a stage with a single event.
func one(then func(session.Sampled) session.Event) func(session.Sampled) []session.Event {
	return func(s session.Sampled) []session.Event { return []session.Event{then(s)} }
}

// toArm returns an arming at the time of the sample s.
func toArm(s session.Sampled) session.Armed {
	return session.Armed{Head: session.Head{Time: s.Time}, Direction: session.Apply, Timeout: 30 * time.Second}
}

// byOther returns the sample s of a patch that another process has armed.
func byOther(state session.State, stuck bool) func(session.Sampled) session.Event {
	return func(s session.Sampled) session.Event {
		s.State, s.Stuck, s.ArmedBy = state, stuck, "spotos (pid 4711)"
		return s
	}
}

// zero returns the sample s with all counts at zero.
func zero(s session.Sampled) session.Sampled {
	s.InFlight, s.Holders, s.Total = 0, nil, 0
	s.Functions = slices.Clone(s.Functions)
	for i := range s.Functions {
		s.Functions[i].Count = 0
	}
	return s
}

// byPrograms returns the sample s with calls of each kind of caller.
func byPrograms(s session.Sampled) session.Event {
	root, user, ago := uint32(0), uint32(1000), func(d time.Duration) time.Time { return s.Time.Add(-d) }
	calls := func(n uint64) []session.FunctionCalls {
		return []session.FunctionCalls{{Name: s.Functions[0].Name, Calls: n - 1}, {Name: s.Functions[1].Name, Calls: 1}}
	}
	s.Programs = &session.Programs{Total: 130, List: []session.ProgramCalls{
		{ID: 3, Kind: session.CallerProgram, Comm: "nginx", Exe: "/usr/sbin/nginx", UID: &user, PID: 812, Processes: 4,
			Cgroup: "/system.slice/nginx.service", Calls: 1234567, Rate: 2042.4, InFlight: 3, Last: ago(0),
			Functions: calls(1234567)},
		{ID: 1, Kind: session.CallerProgram, Comm: "curl", UID: &root, PID: 4711, Processes: 1, Ended: true, Calls: 7,
			Cgroup: "/user.slice/user-0.slice/session-3.scope", Last: ago(9 * time.Second), Functions: calls(7)},
		{ID: 2, Kind: session.CallerInterrupt, Calls: 5, Last: ago(100 * time.Second), Functions: calls(5)},
		{ID: 5, Kind: session.CallerKthread, Comm: "kworker/0:1H", UID: &root, PID: 81, Processes: 1, Cgroup: "/",
			InFlight: 1},
		{ID: 4, Kind: session.CallerOthers, Calls: 4, Rate: .5, Last: ago(2 * time.Second), Functions: calls(4)},
	}}
	return s
}

// doubtful returns the sample s with doubtful counts.
func doubtful(s session.Sampled) session.Event {
	s.InFlight, s.Holders, s.Total = 0, nil, 0
	s.Functions = slices.Clone(s.Functions)
	s.Functions[0].Count, s.Functions[0].Doubt = -1, "the count is below zero: a run of a probe was missed"
	s.Functions[1].Missed = 3
	return s
}

var sizes = []struct{ w, h int }{{60, 16}, {80, 24}, {120, 40}, {200, 60}}

// view is a screen with a golden file.
type view struct {
	name string
	at   func(t *testing.T, w, h int, opts Options) *Model
}

// allViews returns the views of real runs and the staged ones.
func allViews() []view {
	var all []view
	for _, v := range views {
		all = append(all, view{v.name, func(t *testing.T, w, h int, opts Options) *Model {
			m := viewed(t, v.file, v.stop, w, h, opts)
			press(m, v.keys...)
			return m
		}})
	}
	for _, v := range staged {
		all = append(all, view{v.name, func(t *testing.T, w, h int, opts Options) *Model {
			m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
			m.Update(eventsMsg{id: m.opID, events: v.then(m.live.Sample)})
			press(m, v.keys...)
			return m
		}})
	}
	return slices.Concat(all, answeredViews, catalogueViews, fixViews, pageViews, cardViews, captionViews(), layoutViews())
}

// layoutViews are the layouts other than the standard one, which all other views have.
func layoutViews() []view {
	var all []view
	for _, layout := range Layouts()[1:] {
		for name, stop := range map[string]stoppedAt{"watching": {session.KindSampled, 8, 0}, "stuck": atStuck} {
			all = append(all, view{"layout-" + layout + "-" + name, func(t *testing.T, w, h int, opts Options) *Model {
				opts.Layout = layout
				return screenAt(t, stuck, stop, w, h, opts)
			}})
		}
	}
	slices.SortFunc(all, func(a, b view) int { return strings.Compare(a.name, b.name) })
	return all
}

func TestViews(t *testing.T) {
	for _, v := range allViews() {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				m := v.at(t, size.w, size.h, Options{})
				screen := m.View().Content
				checkShape(t, screen, size.w, size.h)
				checkAnswer(t, m)
				golden(t, name, ansi.Strip(screen)+"\n")
			})
		}
	}
}

// checkAnswer checks that an open question is shown from its first line to the one that says how to answer.
func checkAnswer(t *testing.T, m *Model) {
	t.Helper()
	if m.dialog == nil {
		return
	}
	screen, lines := ansi.Strip(m.View().Content), m.dialog.Lines(m.skin)
	width, end := m.width-4, "\n"
	if m.framed() {
		width, end = m.width-2*askMargin-6, ""
	}
	for _, text := range []string{lines[0], lines[len(lines)-1]} {
		for _, line := range wrap(ansi.Strip(text), width) {
			if !strings.Contains(screen, "!  "+strings.TrimRight(line, " ")+end) {
				t.Errorf("%q of the question is not shown:\n%s", line, screen)
			}
		}
	}
}

// checkShape checks that a screen has h lines and none is wider than w columns.
func checkShape(t *testing.T, screen string, w, h int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) != h {
		t.Errorf("%d lines on a screen of %d", len(lines), h)
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got > w {
			t.Errorf("line %d is %d columns wide on a screen of %d: %q", i+1, got, w, line)
		}
	}
}
