// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"spotos/session"
	"spotos/session/replay"
)

// fullScreen returns a model with 200 functions, 500 holders and a full log, and its sample.
func fullScreen(tb testing.TB) (*Model, session.Sampled) {
	tb.Helper()
	replay, err := replay.Open(filepath.Join("testdata", stuck), replay.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	opts := Options{Now: fixedClock, Environ: []string{"LANG=C.UTF-8"}}.withDefaults()
	l, err := opts.skin()
	if err != nil {
		tb.Fatal(err)
	}
	m := newModel(tb.Context(), switchable{replay}, opts, l)
	m.setSize(200, 60)
	op, err := replay.Open(tb.Context(), "no-oob", session.OpenOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	m.op, m.live = op, newPicture("no-oob")
	events := manyEvents()
	m.Update(eventsMsg{events: events})
	return m, events[0].(session.Sampled)
}

// manyEvents returns a sample of 200 functions and 500 holders, and the events of a full log.
func manyEvents() []session.Event {
	sample := session.Sampled{State: session.StateArmed, Total: 500,
		Head: session.Head{Kind: session.KindSampled, Time: fixedClock()}}
	for i := range 200 {
		f := session.FunctionSample{Name: fmt.Sprintf("tcp_function_%d", i), Count: int64(i)}
		sample.Functions = append(sample.Functions, f)
	}
	for i := range 500 {
		sample.Holders = append(sample.Holders, session.Holder{
			PID: 1000 + i, Comm: "consumer", Function: "tcp_function_7",
			Stack: []string{"__schedule+0x38d", "schedule+0x5e", "wait_woken+0x54", "tcp_function_7+0x2b9"}})
	}
	events := []session.Event{sample}
	for i := range logLength {
		events = append(events, session.SafePoint{Head: session.Head{Kind: session.KindSafePoint}, Count: i})
	}
	return events
}

func BenchmarkSampleToScreen(b *testing.B) {
	m, sample := fullScreen(b)
	for b.Loop() {
		sample.Time = sample.Time.Add(time.Second)
		m.Update(eventsMsg{events: []session.Event{sample}})
		m.View()
	}
}

func BenchmarkKeyToScreen(b *testing.B) {
	m, _ := fullScreen(b)
	m.focus = paneLog
	for b.Loop() {
		press(m, "k")
		m.View()
	}
}

// However long the console runs, the past it keeps is bounded.
func TestPictureIsBounded(t *testing.T) {
	m, sample := fullScreen(t)
	for range 3 * logLength {
		m.live.add(session.SafePoint{})
	}
	for range 3 * historyLength {
		m.live.add(sample)
	}
	if n := len(m.live.log); n < logLength || n > logLength*5/4 {
		t.Errorf("the log keeps %d entries, want about %d", n, logLength)
	}
	h := m.live.history["tcp_function_7"]
	if n := len(h.counts); n < historyLength || n > historyLength*5/4 {
		t.Errorf("a history keeps %d counts, want about %d", n, historyLength)
	}
}
