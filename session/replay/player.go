// SPDX-License-Identifier: GPL-2.0-only

package replay

import (
	"context"
	"sync"
	"time"

	"spotos/internal/safego"
	"spotos/session"
)

type player struct {
	list   []session.Event
	events chan session.Event
	orders chan func()
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex // of what follows; only play writes it
	next   int
	paused bool
	speed  float64
}

func newPlayer(ctx context.Context, list []session.Event, speed float64) *player {
	op := &player{list: list, speed: speed, events: make(chan session.Event), orders: make(chan func())}
	op.ctx, op.cancel = context.WithCancel(ctx)
	safego.Go(&op.done, "player", op.play)
	return op
}

// play sends the events with the pauses they had. At the end it waits: one can go back from there.
func (op *player) play() {
	defer close(op.events)
	for op.ctx.Err() == nil {
		safego.Point("player")
		var due <-chan time.Time
		if !op.paused && op.next < len(op.list) {
			due = time.After(op.gap())
		}
		select {
		case <-due:
			op.send(op.next + 1)
		case order := <-op.orders:
			order()
		case <-op.ctx.Done():
		}
	}
}

// gap is how long to wait before the next event.
func (op *player) gap() time.Duration {
	if op.next == 0 || op.speed == 0 {
		return 0
	}
	return time.Duration(float64(op.since(op.next)-op.since(op.next-1)) / op.speed)
}

// since is when an event came, from the first on.
func (op *player) since(i int) time.Duration {
	return op.list[i].Header().Time.Sub(op.list[0].Header().Time)
}

// send sends events until to of them are played, from the start where fewer are to be than were.
func (op *player) send(to int) {
	to = max(1, min(to, len(op.list)))
	if to < op.next {
		op.at(0)
	}
	for op.next < to {
		select {
		case op.events <- op.list[op.next]:
			op.at(op.next + 1)
		case <-op.ctx.Done():
			return
		}
	}
}

func (op *player) at(next int) {
	op.mu.Lock()
	op.next = next
	op.mu.Unlock()
}

// order has play do something, and waits until it has.
func (op *player) order(do func()) {
	done := make(chan struct{})
	select {
	case op.orders <- func() { do(); close(done) }:
		<-done
	case <-op.ctx.Done():
	}
}

// Pause holds the playing, or lets it go on.
func (op *player) Pause(on bool) { op.order(func() { op.pause(on) }) }

func (op *player) pause(on bool) {
	op.mu.Lock()
	op.paused = on
	op.mu.Unlock()
}

// Step pauses and goes by so many events.
func (op *player) Step(by int) {
	op.order(func() {
		op.pause(true)
		op.send(op.next + by)
	})
}

// stay pauses where going back would be of no use: what plays as fast as it is read is at the end again at once.
func (op *player) stay(by int) {
	if by < 0 && op.speed == 0 {
		op.pause(true)
	}
}

// Skip goes by so many events that are no samples.
func (op *player) Skip(by int) {
	op.order(func() {
		op.stay(by)
		to, step := op.next, 1
		if by < 0 {
			by, step = -by, -1
		}
		for by > 0 && to+step >= 1 && to+step <= len(op.list) {
			to += step
			if op.list[to-1].Header().Kind != session.KindSampled {
				by--
			}
		}
		op.send(to)
	})
}

// Seek goes by this much of the recorded time, by an event at least.
func (op *player) Seek(by time.Duration) {
	op.order(func() {
		op.stay(int(by))
		now := op.since(max(0, op.next-1))
		to := op.next
		if by < 0 {
			for to--; to > 1 && op.since(to-1) > now+by; to-- {
			}
		} else {
			for to++; to < len(op.list) && op.since(to) <= now+by; to++ {
			}
		}
		op.send(to)
	})
}

// Position tells where the playing is.
func (op *player) Position() session.Position {
	op.mu.Lock()
	defer op.mu.Unlock()
	return session.Position{At: op.since(max(0, op.next-1)), Length: op.since(len(op.list) - 1),
		Event: op.next, Events: len(op.list), Paused: op.paused, Speed: op.speed}
}

// Events is closed after Close.
func (op *player) Events() <-chan session.Event { return op.events }

func (op *player) Arm(session.ArmOptions) error { return session.ErrRecording }
func (op *player) Retry() error                 { return session.ErrRecording }
func (op *player) Nudge(string, int) error      { return session.ErrRecording }

// FreezePlan says that this is a recording.
func (op *player) FreezePlan(int) (session.FreezePlan, error) {
	return session.FreezePlan{}, session.ErrRecording
}
func (op *player) Abort() error { return session.ErrRecording }

// Close ends the playing.
func (op *player) Close() error {
	op.cancel()
	op.done.Wait()
	return nil
}
