// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// patchesMsg brings the catalogue.
type patchesMsg struct {
	list []session.PatchInfo
	err  error
}

// openedMsg brings the operation that was asked for as number id.
type openedMsg struct {
	id int
	op session.Operation
}

// eventsMsg brings what operation id sent since the last one; ended is set when its stream is closed.
type eventsMsg struct {
	id     int
	events []session.Event
	ended  bool
}

// answeredMsg says that what operation id was asked to do was taken on. said is shown; it is empty where
// the events tell it better.
type answeredMsg struct {
	id   int
	text string
}

// errorMsg is an error to be shown, of operation id, or of none if that is 0.
type errorMsg struct {
	id  int
	err error
}

// closedMsg says that the operation before was closed and another may be opened.
type closedMsg struct {
	open string
	err  error
}

// tickMsg comes rarely, only so that a stream that fell silent is noticed.
type tickMsg struct{}

// silence is how long the counts may be old before the screen says so, in samples of a second or longer.
const silence = 5

func (m *Model) patchesCmd() tea.Cmd {
	console, ctx := m.console, m.ctx
	return func() tea.Msg {
		list, err := console.Patches(ctx)
		return patchesMsg{list, err}
	}
}

func (m *Model) openCmd(id int, patch string) tea.Cmd {
	console, ctx := m.console, m.ctx
	return func() tea.Msg {
		op, err := console.Open(ctx, patch)
		if err != nil {
			return errorMsg{id, err}
		}
		return openedMsg{id, op}
	}
}

// closeCmd closes op, and then asks for the patch called open, if any.
func closeCmd(op session.Operation, open string) tea.Cmd {
	return func() tea.Msg { return closedMsg{open, op.Close()} }
}

// requestCmd asks the operation in hand for something that may take the kernel a while to answer.
func (m *Model) requestCmd(answer string, request func(session.Operation) error) tea.Cmd {
	id, op := m.opID, m.op
	return func() tea.Msg {
		if err := request(op); err != nil {
			return errorMsg{id, err}
		}
		return answeredMsg{id, answer}
	}
}

// eventsCmd waits for events. Those that come faster than every are gathered, so that a fast stream draws no more
// pictures than that, and at most ten a second; what is not a sample is brought as soon as a burst of it is over.
func eventsCmd(ctx context.Context, id int, ch <-chan session.Event, every time.Duration) tea.Cmd {
	return func() tea.Msg {
		msg := eventsMsg{id: id}
		due := time.Now().Add(every * 4 / 5) // samples come up to a fifth early
		var enough <-chan time.Time
		hurried := false
		for {
			select {
			case e, ok := <-ch:
				if !ok {
					msg.ended = true
					return msg
				}
				msg.events = append(msg.events, e)
				if len(msg.events) >= batch {
					return msg
				}
				if _, sample := e.(session.Sampled); !sample && !hurried {
					enough, hurried = time.After(burst), true
				} else if enough == nil {
					enough = time.After(max(fastest, time.Until(due)))
				}
			case <-enough:
				return msg
			case <-ctx.Done():
				return msg
			}
		}
	}
}

const (
	batch = 1000                  // events taken before the screen has its turn
	burst = 10 * time.Millisecond // what follows an event within this comes in one picture with it
)

func tickCmd(d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return tickMsg{} })
}
