// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
	"spotos/session/replay"
)

var update = flag.Bool("update", false, "write the golden files again")

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

// switchable is a recording on a machine that can switch, so that the console asks its questions.
type switchable struct{ *replay.Recording }

func (s switchable) Capabilities() session.Capabilities {
	caps := s.Recording.Capabilities()
	caps.CanSwitch, caps.Notes = true, nil
	return caps
}

// Open returns an operation that is no player.
func (s switchable) Open(ctx context.Context, patch string, opts session.OpenOptions) (session.Operation, error) {
	op, err := s.Recording.Open(ctx, patch, opts)
	return struct{ session.Operation }{op}, err
}

// fixedClock stands still, far from the times of the events, so that the screen depends on the events alone.
func fixedClock() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

// stoppedAt says up to which event a recording is fed to the console.
type stoppedAt struct {
	kind  session.Kind
	nth   int // which event of that kind, from 1
	after int // events after that one
}

// screenAt returns a model that has received the events of a recording up to stop.
func screenAt(t *testing.T, file string, stop stoppedAt, w, h int, opts Options) *Model {
	t.Helper()
	replay, err := replay.Open(filepath.Join("testdata", file), replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, switchable{replay}, recorded(t, file, stop), w, h, opts)
}

// screenOf returns a model on console that has received events, if there are any.
func screenOf(t *testing.T, console session.Console, events []session.Event, w, h int, opts Options) *Model {
	t.Helper()
	opts.Now, opts.Exports = fixedClock, t.TempDir()
	if opts.Environ == nil {
		opts.Environ = []string{"LANG=C.UTF-8", "TERM=xterm"}
	}
	opts = opts.withDefaults()
	l, err := opts.skin()
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(context.Background(), console, opts, l)
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.Update(m.patchesCmd()())
	if len(events) > 0 {
		patch := events[0].Header().Patch
		op, err := console.Open(context.Background(), patch, session.OpenOptions{})
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

// allRecorded returns all events of a recording.
func allRecorded(t *testing.T, file string) []session.Event {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var events []session.Event
	for line := range strings.Lines(string(data)) {
		event, err := session.UnmarshalEvent([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// press types keys at a model, by their names.
func press(m *Model, keys ...string) {
	for _, k := range keys {
		m.Update(keyMsg(k))
	}
}

// keyMsg returns the message of a key.
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

// viewed is screenAt, but with an empty stop no patch is in hand.
func viewed(t *testing.T, file string, stop stoppedAt, w, h int, opts Options) *Model {
	t.Helper()
	if stop.kind != "" {
		return screenAt(t, file, stop, w, h, opts)
	}
	replay, err := replay.Open(filepath.Join("testdata", file), replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, switchable{replay}, nil, w, h, opts)
}
