// SPDX-License-Identifier: GPL-2.0-only

package replay

import (
	"slices"
	"testing"
	"time"

	"spotos/session"
)

// played is a player of a recording of ten seconds: a sample each second, except an arming at 4 s and an abort at 8 s.
// got receives what the player emits.
type played struct {
	session.Player
	got chan int // the second of each event
}

func startPlayer(t *testing.T) *played {
	t.Helper()
	// So slow that it emits only the first event by itself.
	p := startPlayerAt(t, 1e-6)
	if first := <-p.got; first != 0 {
		t.Fatalf("the first event is that of second %d, want 0", first)
	}
	return p
}

func startPlayerAt(t *testing.T, speed float64) *played {
	t.Helper()
	list := []session.Event{session.Started{Head: session.Head{Kind: session.KindStarted, Time: at, Patch: "p"}}}
	for i := 1; i <= 10; i++ {
		h := session.Head{Time: at.Add(time.Duration(i) * time.Second), Patch: "p"}
		var e session.Event
		switch i {
		case 4:
			e = session.Armed{Head: session.Head{Kind: session.KindArmed, Time: h.Time, Patch: h.Patch}}
		case 8:
			e = session.Aborted{Head: session.Head{Kind: session.KindAborted, Time: h.Time, Patch: h.Patch}}
		default:
			e = session.Sampled{Head: session.Head{Kind: session.KindSampled, Time: h.Time, Patch: h.Patch}}
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

// sent closes the player, and returns the seconds of the events in got that the test has not taken out yet.
func (p *played) sent() (seconds []int) {
	p.Close()
	for s := range p.got {
		seconds = append(seconds, s)
	}
	return seconds
}

func TestPlayerMoves(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(p session.Player)
		sent   []int
		at     int
		paused bool
	}{
		{"a step forward", func(p session.Player) { p.Step(1) }, []int{1}, 1, true},
		{"a step back emits all again", func(p session.Player) { p.Step(2); p.Step(-1) }, []int{1, 2, 0, 1}, 1, true},
		{"no step back from the first event", func(p session.Player) { p.Step(-1) }, nil, 0, true},
		{"to the next event that is no sample", func(p session.Player) { p.Skip(1) }, []int{1, 2, 3, 4}, 4, true},
		{"back to the one before", func(p session.Player) { p.Skip(2); p.Skip(-1) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4}, 4, true},
		{"time forward", func(p session.Player) { p.Seek(3500 * time.Millisecond) }, []int{1, 2, 3}, 3, false},
		{"one event at least", func(p session.Player) { p.Seek(time.Millisecond) }, []int{1}, 1, false},
		{"time back", func(p session.Player) { p.Step(5); p.Seek(-2 * time.Second) },
			[]int{1, 2, 3, 4, 5, 0, 1, 2, 3}, 3, true},
		{"one event back at least", func(p session.Player) { p.Step(2); p.Seek(-time.Millisecond) },
			[]int{1, 2, 0, 1}, 1, true},
		{"not beyond the end", func(p session.Player) { p.Pause(true); p.Seek(time.Hour); p.Step(5) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, true},
		{"back from the end", func(p session.Player) { p.Seek(time.Hour); p.Step(-9) },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1}, 1, true},
		{"resumed", func(p session.Player) { p.Step(1); p.Pause(false) }, []int{1}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startPlayer(t)
			c.do(p)
			pos := p.Position()
			if got := int(pos.At.Seconds()); got != c.at || pos.Event != c.at+1 {
				t.Errorf("position %+v, want second %d", pos, c.at)
			}
			if pos.Events != 11 || pos.Length != 10*time.Second {
				t.Errorf("position %+v, want 11 events in 10 s", pos)
			}
			if pos.Paused != c.paused {
				t.Errorf("paused %v, want %v", pos.Paused, c.paused)
			}
			if got := p.sent(); !slices.Equal(got, c.sent) {
				t.Errorf("it emitted the events of seconds %v, want %v", got, c.sent)
			}
		})
	}
}

// At full speed the player pauses where it has gone back to.
func TestGoingBackAtFullSpeedPauses(t *testing.T) {
	for name, back := range map[string]func(session.Player){
		"skip": func(p session.Player) { p.Skip(-1) },
		"seek": func(p session.Player) { p.Seek(-3 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			p := startPlayerAt(t, 0)
			for <-p.got != 10 {
			}
			back(p)
			if pos := p.Position(); !pos.Paused || pos.Event >= pos.Events {
				t.Errorf("position %+v, want it paused before the end", pos)
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

// The methods of a closed player return at once, and do nothing.
func TestClosedPlayerDoesNotBlock(t *testing.T) {
	p := startPlayer(t)
	p.Close()
	p.Step(1)
	p.Pause(true)
	if pos := p.Position(); pos.Event != 1 || pos.Paused {
		t.Errorf("position after Close %+v, want the first event, not paused", pos)
	}
}
