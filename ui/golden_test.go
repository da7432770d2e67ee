// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/golden/name.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./ui -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// able is a recording on a machine where switching is possible, so that questions can be asked.
type able struct{ *session.Replay }

func (a able) Capabilities() session.Capabilities {
	caps := a.Replay.Capabilities()
	caps.CanSwitch, caps.Notes = true, nil
	return caps
}

// Open returns an operation that is no player.
func (a able) Open(ctx context.Context, patch string) (session.Operation, error) {
	op, err := a.Replay.Open(ctx, patch)
	return struct{ session.Operation }{op}, err
}

// frozenClock never runs, so that what is drawn hangs on the events alone. It stands far from their times.
func frozenClock() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

// stoppedAt says up to which event a recording is fed.
type stoppedAt struct {
	kind  session.Kind
	nth   int // which one of that kind, from 1
	after int // how many events more
}

// screenAt returns a model that has seen a recording up to stop.
func screenAt(t *testing.T, file string, stop stoppedAt, w, h int, opts Options) *Model {
	t.Helper()
	replay, err := session.OpenReplay(filepath.Join("testdata", file), session.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, able{replay}, recorded(t, file, stop), w, h, opts)
}

func screenOf(t *testing.T, console session.Console, events []session.Event, w, h int, opts Options) *Model {
	t.Helper()
	opts.Now, opts.Exports = frozenClock, t.TempDir()
	if opts.Environ == nil {
		opts.Environ = []string{"LANG=C.UTF-8", "TERM=xterm"}
	}
	opts = opts.withDefaults()
	l, err := opts.look()
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(context.Background(), console, opts, l)
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.Update(m.patchesCmd()())
	if len(events) > 0 {
		patch := events[0].Header().Patch
		op, err := console.Open(context.Background(), patch)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { op.Close() })
		m.opID, m.opening = 1, patch
		m.Update(openedMsg{m.opID, op})
		m.Update(eventsMsg{id: m.opID, events: events})
	}
	return m
}

// recorded returns the events of a recording up to stop.
func recorded(t *testing.T, file string, stop stoppedAt) []session.Event {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dec := session.NewDecoder(f)
	var events []session.Event
	seen, left := 0, -1
	for {
		event, err := dec.Next()
		if err != nil {
			t.Fatalf("%s has no event %q number %d and %d more: %v", file, stop.kind, stop.nth, stop.after, err)
		}
		events = append(events, event)
		if left < 0 && event.Header().Kind == stop.kind {
			if seen++; seen == stop.nth {
				left = stop.after + 1
			}
		}
		if left > 0 {
			if left--; left == 0 {
				return events
			}
		}
	}
}

func press(m *Model, keys ...string) {
	for _, k := range keys {
		m.Update(keyMsg(k))
	}
}

func keyMsg(k string) tea.KeyPressMsg {
	switch k {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "pgdn":
		return tea.KeyPressMsg{Code: tea.KeyPgDown}
	case "pgup":
		return tea.KeyPressMsg{Code: tea.KeyPgUp}
	case "backspace":
		return tea.KeyPressMsg{Code: tea.KeyBackspace}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

const (
	easy    = "recorded-apply.jsonl"
	stuck   = "recorded-stuck.jsonl"
	aborted = "recorded-abort.jsonl"
)

// views are every state and pane, with the keys that lead there.
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
	{"reverting", easy, stoppedAt{session.KindArmed, 2, 0}, nil},
	{"reverted", easy, stoppedAt{session.KindReverted, 1, 1}, nil},
	{"stuck", stuck, stoppedAt{session.KindStuck, 1, 1}, nil},
	{"aborted", aborted, stoppedAt{session.KindAborted, 1, 1}, nil},
	{"patches", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"1"}},
	{"functions", aborted, stoppedAt{session.KindSampled, 4, 0}, []string{"2", "j", "enter"}},
	{"holders", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "j", "j"}},
	{"holders-stack", stuck, stoppedAt{session.KindStuck, 1, 1}, []string{"3", "enter"}},
	{"log", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"4"}},
	{"holders-applied", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"3", "enter"}},
	{"log-entry", stuck, stoppedAt{session.KindApplied, 1, 2}, []string{"4", "enter", "g"}},
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

// unseen are what no real run was seen to do.
var unseen = []struct {
	name string
	then func(session.Sampled) session.Event
	keys []string
}{
	{"watching-doubt", doubtful, nil},
	{"functions-doubt", doubtful, []string{"2", "enter"}},
	{"failed", func(session.Sampled) session.Event {
		return session.Failed{Reason: "pair_encode is probed with a jump (kprobe): remove the probe first", Refused: true}
	}, nil},
}

// doubtful is a sample whose counts cannot be vouched for.
func doubtful(s session.Sampled) session.Event {
	s.InFlight, s.Holders, s.Total = 0, nil, 0
	s.Functions = slices.Clone(s.Functions)
	s.Functions[0].Count, s.Functions[0].Doubt = -1, "the count is below zero: a run of a probe was missed"
	s.Functions[1].Missed = 3
	return s
}

func TestViewsOfWhatNoRunDid(t *testing.T) {
	for _, v := range unseen {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, size.w, size.h, Options{})
				m.Update(eventsMsg{id: m.opID, events: []session.Event{v.then(m.live.sample)}})
				press(m, v.keys...)
				screen := m.View().Content
				checkShape(t, screen, size.w, size.h)
				checkAnswer(t, m)
				golden(t, name, ansi.Strip(screen)+"\n")
			})
		}
	}
}

var sizes = []struct{ w, h int }{{60, 16}, {80, 24}, {120, 40}, {200, 60}}

func TestViews(t *testing.T) {
	for _, v := range views {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", v.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				m := viewed(t, v.file, v.stop, size.w, size.h, Options{})
				press(m, v.keys...)
				screen := m.View().Content
				checkShape(t, screen, size.w, size.h)
				checkAnswer(t, m)
				golden(t, name, ansi.Strip(screen)+"\n")
			})
		}
	}
}

// viewed is screenAt, or a screen with no patch in hand where nothing is to be stopped at.
func viewed(t *testing.T, file string, stop stoppedAt, w, h int, opts Options) *Model {
	t.Helper()
	if stop.kind != "" {
		return screenAt(t, file, stop, w, h, opts)
	}
	replay, err := session.OpenReplay(filepath.Join("testdata", file), session.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, able{replay}, nil, w, h, opts)
}

// checkAnswer sees that a question is shown from its first line to the one that says how to answer.
func checkAnswer(t *testing.T, m *Model) {
	t.Helper()
	if m.dialog == nil {
		return
	}
	screen, lines := ansi.Strip(m.View().Content), m.dialog.Lines(m.look)
	for _, text := range []string{lines[0], lines[len(lines)-1]} {
		for _, line := range wrap(ansi.Strip(text), m.width-4) {
			if !strings.Contains(screen, "!  "+strings.TrimRight(line, " ")+"\n") {
				t.Errorf("%q of the question is not shown:\n%s", line, screen)
			}
		}
	}
}

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
