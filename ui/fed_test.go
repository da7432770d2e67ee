// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"time"

	"spotos/session"
	"spotos/session/replay"
)

// fed is a console for measurements. It sends as many events as a machine does, for as long as it runs.
type fed struct {
	switchable
	what string // "much": see manyEvents; else a state of the module, with a sample every half second
}

func newFed(file, what string) (fed, error) {
	replay, err := replay.Open(file, replay.Options{})
	return fed{switchable{replay}, what}, err
}

func (f fed) Open(ctx context.Context, patch string, opts session.OpenOptions) (session.Operation, error) {
	op, err := f.switchable.Open(ctx, patch, opts)
	if err != nil {
		return nil, err
	}
	fed := fedOperation{op, make(chan session.Event)}
	go fed.feed(f.what)
	return fed, nil
}

type fedOperation struct {
	session.Operation
	events chan session.Event
}

func (f fedOperation) Events() <-chan session.Event { return f.events }

func (f fedOperation) feed(what string) {
	if what == "much" {
		for _, event := range manyEvents() {
			f.events <- event
		}
		return
	}
	sample := session.Sampled{Head: session.Head{Kind: session.KindSampled}, State: session.State(what), Total: 8,
		Functions: []session.FunctionSample{{Name: "inet_recvmsg"}, {Name: "tcp_recvmsg_locked"}}}
	for i := range 8 {
		sample.Holders = append(sample.Holders, session.Holder{PID: 700 + i, TGID: 700, Comm: "consumer", State: "S",
			Function: "inet_recvmsg", Stack: []string{"wait_woken+0x52", "sk_wait_data+0x179", "inet_recvmsg+0x56"}})
	}
	for i := 0; ; i++ {
		sample = nextSample(sample, i)
		sample.Time = time.Now()
		f.events <- sample
		time.Sleep(500 * time.Millisecond)
	}
}
