// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"spotos/session"
	"spotos/session/replay"
)

// cued is a recording that waits for the operator. It plays up to an event that answers a request, and goes on when
// the test makes that request. calls receives the requests, one line each.
type cued struct {
	*replay.Recording
	file  string
	calls io.Writer
}

func newCued(file string, calls io.Writer) (*cued, error) {
	replay, err := replay.Open(file, replay.Options{})
	return &cued{replay, file, calls}, err
}

func (c *cued) Capabilities() session.Capabilities { return switchable{c.Recording}.Capabilities() }

func (c *cued) Open(_ context.Context, patch string, _ session.OpenOptions) (session.Operation, error) {
	f, err := os.Open(c.file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	op := &cuedOperation{calls: c.calls, events: make(chan session.Event),
		cues: map[session.Kind]chan struct{}{}, closed: make(chan struct{})}
	for _, kind := range []session.Kind{session.KindArmed, session.KindAborted, session.KindNudged} {
		op.cues[kind] = make(chan struct{}, 100)
	}
	dec := session.NewDecoder(f)
	var events []session.Event
	for {
		event, err := dec.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	op.record("open %s", patch)
	go op.play(events)
	return op, nil
}

type cuedOperation struct {
	calls  io.Writer
	events chan session.Event
	cues   map[session.Kind]chan struct{}
	closed chan struct{}
	once   sync.Once
}

// play sends the events; those with a cue wait for it.
func (op *cuedOperation) play(events []session.Event) {
	armed := false // the request to arm was made; a sample may show it before its event comes
	for _, event := range events {
		cue, ok := op.cues[event.Header().Kind]
		switch e := event.(type) {
		case session.Sampled:
			if e.State.Armed() && !armed {
				cue, ok, armed = op.cues[session.KindArmed], true, true
			}
		case session.Armed:
			ok = !armed || e.Retry
			armed = true
		case session.Switched, session.Aborted:
			armed = false
		}
		if ok {
			select {
			case <-cue:
			case <-op.closed:
				return
			}
		}
		select {
		case op.events <- event:
		case <-op.closed:
			return
		}
	}
}

// record writes a request to calls.
func (op *cuedOperation) record(format string, args ...any) {
	fmt.Fprintf(op.calls, format+"\n", args...)
}

// cue lets the events go on past one of a kind.
func (op *cuedOperation) cue(kind session.Kind) error {
	op.cues[kind] <- struct{}{}
	return nil
}

func (op *cuedOperation) Events() <-chan session.Event { return op.events }

func (op *cuedOperation) Arm(o session.ArmOptions) error {
	op.record("arm %s", o.Direction)
	return op.cue(session.KindArmed)
}

func (op *cuedOperation) Retry() error {
	op.record("retry")
	return op.cue(session.KindArmed)
}

func (op *cuedOperation) Nudge(how string, pid int) error {
	op.record("nudge %s %d", how, pid)
	if how == session.NudgeSignal {
		return errors.New("nudging by signal: pid 711 is a kernel thread and takes none: freeze instead")
	}
	return op.cue(session.KindNudged)
}

func (op *cuedOperation) Inspect(int) {}

func (op *cuedOperation) Plan(_ string, pid int) (session.NudgePlan, error) {
	group := session.FreezeGroup{Path: "/traffic", Holders: []int{pid}, Threads: 2, Processes: 2,
		Programs: []session.Program{{PID: pid, Comm: "consumer", Threads: 1, Holders: 1}, {PID: 12, Comm: "sh", Threads: 1}}}
	return session.NudgePlan{Groups: []session.FreezeGroup{group}}, nil
}

func (op *cuedOperation) Abort() error {
	op.record("abort")
	return op.cue(session.KindAborted)
}

func (op *cuedOperation) Close() error {
	op.once.Do(func() {
		op.record("close")
		close(op.closed)
	})
	return nil
}
