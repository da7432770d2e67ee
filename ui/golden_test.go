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
type able struct{ *replay.Recording }

func (a able) Capabilities() session.Capabilities {
	caps := a.Recording.Capabilities()
	caps.CanSwitch, caps.Notes = true, nil
	return caps
}

// Open returns an operation that is no player.
func (a able) Open(ctx context.Context, patch string) (session.Operation, error) {
	op, err := a.Recording.Open(ctx, patch)
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
	replay, err := replay.Open(filepath.Join("testdata", file), replay.Options{})
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
	l, err := opts.skin()
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

// viewed is screenAt, or a screen with no patch in hand where nothing is to be stopped at.
func viewed(t *testing.T, file string, stop stoppedAt, w, h int, opts Options) *Model {
	t.Helper()
	if stop.kind != "" {
		return screenAt(t, file, stop, w, h, opts)
	}
	replay, err := replay.Open(filepath.Join("testdata", file), replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return screenOf(t, able{replay}, nil, w, h, opts)
}
