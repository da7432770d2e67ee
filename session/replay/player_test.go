// SPDX-License-Identifier: GPL-2.0-only

package replay

import (
	"slices"
	"testing"
	"time"

	"spotos/session"
)

// played is a paused player over a recording of ten seconds, a sample a second but for an arming at 4 s and an
// abort at 8 s; got is what it has sent.
type played struct {
	session.Player
	got chan int // seconds
}

func startPlayer(t *testing.T) *played {
	t.Helper()
	// So slow that nothing comes by itself but the first event.
	p := startPlayerAt(t, 1e-6)
	if first := <-p.got; first != 0 {
		t.Fatalf("first came second %d", first)
	}
	return p
}

func startPlayerAt(t *testing.T, speed float64) *played {
	t.Helper()
	list := []session.Event{session.Started{Head: session.Head{Kind: session.KindStarted, Time: at, Patch: "p"}}}
	for i := 1; i <= 10; i++ {
		h := session.Head{Time: at.Add(time.Duration(i) * time.Second), Patch: "p"}
		var e session.Event = session.Sampled{Head: session.Head{Kind: session.KindSampled, Time: h.Time, Patch: h.Patch}}
		switch i {
		case 4:
			e = session.Armed{Head: session.Head{Kind: session.KindArmed, Time: h.Time, Patch: h.Patch}}
		case 8:
			e = session.Aborted{Head: session.Head{Kind: session.KindAborted, Time: h.Time, Patch: h.Patch}}
		}
		list = append(list, e)
	}
	p := &played{newPlayer(t.Context(), list, speed), make(chan int, 1000)}
	go func() {
		defer close(p.got)
		for e := range p.Events() {
			p.got <- int(e.Header().Time.Sub(at).Seconds())
		}
	}()
	t.Cleanup(func() { p.Close() })
	return p
}

// sent closes the player and returns the seconds of all events that it has sent since the last one looked at.
func (p *played) sent() (seconds []int) {
	p.Close()
	for s := range p.got {
		seconds = append(seconds, s)
	}
	return seconds
}

func TestPlayerGoesWhereItIsTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(p session.Player)
		sent   []int
		at     int
		paused bool
	}{
		{"a step on", func(p session.Player) { p.Step(1) }, []int{1}, 1, true},
		{"a step back sends all again", func(p session.Player) { p.Step(2); p.Step(-1) }, []int{1, 2, 0, 1}, 1, true},
		{"the first event stays", func(p session.Player) { p.Step(-1) }, nil, 0, true},
		{"the next that is no sample", func(p session.Player) { p.Skip(1) }, []int{1, 2, 3, 4}, 4, false},
		{"the one before that", func(p session.Player) { p.Skip(2); p.Skip(-1) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4}, 4, false},
		{"time on", func(p session.Player) { p.Seek(3500 * time.Millisecond) }, []int{1, 2, 3}, 3, false},
		{"an event at least", func(p session.Player) { p.Seek(time.Millisecond) }, []int{1}, 1, false},
		{"time back", func(p session.Player) { p.Step(5); p.Seek(-2 * time.Second) }, []int{1, 2, 3, 4, 5, 0, 1, 2, 3}, 3, true},
		{"an event back at least", func(p session.Player) { p.Step(2); p.Seek(-time.Millisecond) }, []int{1, 2, 0, 1}, 1, true},
		{"not beyond the end", func(p session.Player) { p.Pause(true); p.Seek(time.Hour); p.Step(5) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, true},
		{"back from the end", func(p session.Player) { p.Seek(time.Hour); p.Step(-9) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1}, 1, true},
		{"on again", func(p session.Player) { p.Step(1); p.Pause(false) }, []int{1}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startPlayer(t)
			c.do(p)
			pos := p.Position()
			if got := int(pos.At.Seconds()); got != c.at || pos.Event != c.at+1 || pos.Events != 11 || pos.Length != 10*time.Second {
				t.Errorf("it stands at %+v, want second %d", pos, c.at)
			}
			if pos.Paused != c.paused {
				t.Errorf("paused %v, want %v", pos.Paused, c.paused)
			}
			if got := p.sent(); !slices.Equal(got, c.sent) {
				t.Errorf("it sent seconds %v, want %v", got, c.sent)
			}
		})
	}
}

// What plays as fast as it is read stays where one has gone back to.
func TestGoingBackAtFullSpeedStays(t *testing.T) {
	for name, back := range map[string]func(session.Player){
		"skip": func(p session.Player) { p.Skip(-1) }, "seek": func(p session.Player) { p.Seek(-3 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			p := startPlayerAt(t, 0)
			for <-p.got != 10 {
			}
			back(p)
			if pos := p.Position(); !pos.Paused || pos.Event >= pos.Events {
				t.Errorf("it stands at %+v", pos)
			}
			p.Pause(false)
			for end := range p.got {
				if end == 10 {
					return
				}
			}
		})
	}
}

// A player that was closed answers still, and does nothing.
func TestClosedPlayerHoldsNobodyUp(t *testing.T) {
	p := startPlayer(t)
	p.Close()
	p.Step(1)
	p.Pause(true)
	if pos := p.Position(); pos.Event != 1 || pos.Paused {
		t.Errorf("after Close it stands at %+v", pos)
	}
}
