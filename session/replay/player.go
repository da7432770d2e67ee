// SPDX-License-Identifier: GPL-2.0-only

package replay

import (
	"context"
	"sync"
	"time"

	"spotos/internal/safego"
	"spotos/session"
)

// player is a session.Player. All orders run in the goroutine of play.
type player struct {
	list   []session.Event // all events of the recording
	events chan session.Event
	orders chan func()
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex // guards the fields below, which only play writes
	next   int        // index in list of the event to emit next
	paused bool
	speed  float64 // times as fast as recorded; 0: without pauses
}

func newPlayer(ctx context.Context, list []session.Event, speed float64) *player {
	op := &player{list: list, speed: speed, events: make(chan session.Event), orders: make(chan func())}
	op.ctx, op.cancel = context.WithCancel(ctx)
	safego.Go(&op.done, "player", op.play)
	return op
}

// play emits the events with the pauses they had. At the end it waits for orders, since the user can go back.
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
			op.playTo(op.next + 1)
		case order := <-op.orders:
			order()
		case <-op.ctx.Done():
		}
	}
}

// gap returns how long to wait before the next event.
func (op *player) gap() time.Duration {
	if op.next == 0 || op.speed == 0 {
		return 0
	}
	return time.Duration(float64(op.offset(op.next)-op.offset(op.next-1)) / op.speed)
}

// offset returns the time from the first event of the list to event i.
func (op *player) offset(i int) time.Duration {
	return op.list[i].Header().Time.Sub(op.list[0].Header().Time)
}

// playTo emits events until to of them have been played; from the first again if more have been played already.
func (op *player) playTo(to int) {
	to = max(1, min(to, len(op.list)))
	if to < op.next {
		op.setNext(0)
	}
	for op.next < to {
		event := op.list[op.next]
		op.setNext(op.next + 1) // first: who receives the event may ask for the position at once
		select {
		case op.events <- event:
		case <-op.ctx.Done():
			return
		}
	}
}

func (op *player) setNext(next int) {
	op.mu.Lock()
	op.next = next
	op.mu.Unlock()
}

// do runs order in the goroutine of play and waits for it. After Close it does nothing.
func (op *player) do(order func()) {
	done := make(chan struct{})
	select {
	case op.orders <- func() { order(); close(done) }:
		<-done
	case <-op.ctx.Done():
	}
}

// Pause pauses or resumes.
func (op *player) Pause(on bool) { op.do(func() { op.pause(on) }) }

func (op *player) pause(on bool) {
	op.mu.Lock()
	op.paused = on
	op.mu.Unlock()
}

// Step pauses, and moves by that many events.
func (op *player) Step(by int) {
	op.do(func() {
		op.pause(true)
		op.playTo(op.next + by)
	})
}

// pauseToGoBack pauses before a move backwards at full speed: without a pause the player would be at the end again
// at once.
func (op *player) pauseToGoBack(by int) {
	if by < 0 && op.speed == 0 {
		op.pause(true)
	}
}

// Skip pauses, and moves by that many events that are no samples.
func (op *player) Skip(by int) {
	op.do(func() {
		op.pause(true)
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
		op.playTo(to)
	})
}

// Seek moves by that much recorded time, but by one event at least.
func (op *player) Seek(by time.Duration) {
	op.do(func() {
		op.pauseToGoBack(int(by))
		now := op.offset(max(0, op.next-1))
		to := op.next
		if by < 0 {
			for to--; to > 1 && op.offset(to-1) > now+by; to-- {
			}
		} else {
			for to++; to < len(op.list) && op.offset(to) <= now+by; to++ {
			}
		}
		op.playTo(to)
	})
}

// Position returns how far it has played.
func (op *player) Position() session.Position {
	op.mu.Lock()
	defer op.mu.Unlock()
	return session.Position{At: op.offset(max(0, op.next-1)), Length: op.offset(len(op.list) - 1),
		Event: op.next, Events: len(op.list), Paused: op.paused, Speed: op.speed}
}

// Recorded returns all events of the recording.
func (op *player) Recorded() []session.Event { return op.list }

// Events returns the stream of events, which Close closes.
func (op *player) Events() <-chan session.Event { return op.events }

// Arm returns ErrRecording, as do Retry, Nudge, Plan and Abort.
func (op *player) Arm(session.ArmOptions) error { return session.ErrRecording }
func (op *player) Retry() error                 { return session.ErrRecording }
func (op *player) Nudge(string, int) error      { return session.ErrRecording }
func (op *player) Plan(string, int) (session.NudgePlan, error) {
	return session.NudgePlan{}, session.ErrRecording
}

func (op *player) Abort() error { return session.ErrRecording }

// Inspect does nothing: the samples have what was recorded.
func (op *player) Inspect(int) {}

// Close ends the player and closes Events. It returns nil.
func (op *player) Close() error {
	op.cancel()
	op.done.Wait()
	return nil
}
