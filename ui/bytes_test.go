// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"spotos/internal/labtest"
	"spotos/session"
)

// What a sample may cost on a line, with the timeline on the screen. At 9600 baud one sample a second then leaves most
// of the line free.
const (
	bytesASample     = 400
	bytesFramed      = 550 // of 120x40, whose panes have frames
	bytesLargeScreen = 900 // of 200x60
)

// written receives the length of each write. The renderer writes a picture in one piece.
type written chan int

func (w written) Write(p []byte) (int, error) {
	w <- len(p)
	return len(p), nil
}

// silent is an operation that sends no events of its own.
type silent struct{ session.Operation }

func (silent) Events() <-chan session.Event { return nil }

// Every count changes with every sample, and so does how long each holder has been inside.
func TestSampleCostsFewBytes(t *testing.T) {
	watching, isStuck := stoppedAt{session.KindSampled, 6, 0}, stoppedAt{session.KindStuck, 1, 1}
	for _, c := range []struct {
		w, h, most int
		at         stoppedAt
		keys       []string
	}{
		{80, 24, bytesASample, watching, nil},
		{80, 24, bytesASample, watching, []string{"+"}}, // the timeline
		{80, 24, bytesASample, watching, []string{"+", "+", "+"}},
		{120, 40, bytesFramed, watching, nil},
		{120, 40, bytesFramed, watching, []string{"+", "+", "+"}},
		{120, 40, bytesFramed, isStuck, nil},
		{200, 60, bytesLargeScreen, watching, nil},
		{200, 60, bytesLargeScreen, watching, []string{"+", "+", "+"}},
		{80, 24, bytesASample, watching, []string{"L"}}, // most lines are the timeline's
		{200, 60, bytesLargeScreen, watching, []string{"L"}},
		{80, 24, bytesASample, isStuck, nil},
		{80, 24, bytesASample, isStuck, []string{"3", "enter"}}, // an open group
		{200, 60, bytesLargeScreen, isStuck, nil},
	} {
		t.Run(fmt.Sprintf("%dx%d %s%v", c.w, c.h, c.at.kind, c.keys), func(t *testing.T) {
			average := bytesASampleAt(t, c.w, c.h, c.at, c.keys)
			if average > c.most {
				t.Errorf("a sample costs %d bytes on average, want at most %d", average, c.most)
			} else {
				t.Logf("a sample costs %d bytes on average", average)
			}
		})
	}
}

// bytesASampleAt returns what a sample costs on average on a screen of that size, after some keys. The time that the
// timeline shows comes to its end meanwhile.
func bytesASampleAt(t *testing.T, w, h int, at stoppedAt, keys []string) int {
	const samples = 70
	out := make(written, 1000)
	in, keep := io.Pipe() // an input without keys
	defer keep.Close()
	m := screenAt(t, stuck, at, w, h, Options{Input: in, Output: out})
	m.op = silent{m.op}
	sample := m.live.Sample
	sample.Functions = append(sample.Functions, session.FunctionSample{Name: "tcp_recvmsg_locked"})
	for i := range 200 { // so that there is something to zoom into
		sample = nextSample(sample, i)
		m.Update(eventsMsg{id: m.opID, events: []session.Event{sample}})
	}
	press(m, keys...)
	p := newProgram(context.Background(), m, m.opts)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = p.Run()
	}()
	next := func() int {
		select {
		case n := <-out:
			return n
		case <-time.After(labtest.Patience(t)):
			t.Fatal("nothing was drawn")
			return 0
		}
	}
	next()
	for drawn := true; drawn; { // the first picture, which may come in pieces, and again once the size is known
		select {
		case <-out:
		case <-time.After(labtest.Patience(t) / 20):
			drawn = false
		}
	}
	total := 0
	for i := range samples {
		sample = nextSample(sample, i)
		p.Send(eventsMsg{id: m.opID, events: []session.Event{sample}})
		total += next()
	}
	p.Kill()
	<-done
	return total / samples
}

// nextSample returns sample number i after s, with every figure changed.
func nextSample(s session.Sampled, i int) session.Sampled {
	s.Time = s.Time.Add(time.Second)
	s.InFlight = 0
	functions := make([]session.FunctionSample, len(s.Functions))
	for j, f := range s.Functions {
		f.Count = int64(9 + (i*7+j*3)%15)
		f.Peak = max(f.Peak, f.Count)
		f.Calls += uint64(900 + i*13)
		f.Timed += 16
		f.P50, f.P99 = time.Duration(40+i%3)*time.Millisecond, time.Duration(90+i%5)*time.Millisecond
		s.InFlight += f.Count
		functions[j] = f
	}
	holders := make([]session.Holder, len(s.Holders))
	for j, h := range s.Holders {
		h.Since += int64(time.Second)
		holders[j] = h
	}
	s.Functions, s.Holders = functions, holders
	// Figures over minutes move slowly.
	s.Windows = session.ZeroWindows{Watched: time.Minute, Count: uint64(100 + i), Share: .061 + float64(i%4)/1000,
		Every: time.Duration(194+i/3) * time.Millisecond, P50: time.Duration(11+i/7) * time.Millisecond}
	s.Forecast = session.Forecast{Wait: s.Windows.Every, Chance: 62 + i/4%2, Latency: time.Millisecond}
	return s
}
