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

// openedMsg brings operation number id, which openCmd opened.
type openedMsg struct {
	id int
	op session.Operation
}

// eventsMsg brings the events of operation id since the last such message. ended reports that the stream is closed.
type eventsMsg struct {
	id     int
	events []session.Event
	ended  bool
}

// answeredMsg reports that operation id has accepted a request. text is shown; it is empty where the events say more.
type answeredMsg struct {
	id   int
	text string
}

// errorMsg brings an error to show. id is the operation it belongs to, or 0.
type errorMsg struct {
	id  int
	err error
}

// closedMsg reports that an operation is closed that came too late.
type closedMsg struct{ err error }

// tickMsg comes rarely, only so that the console notices when a stream has fallen silent.
type tickMsg struct{}

// silence is how many samples may be missing before the screen says that the counts are old. An interval below a
// second counts as a second.
const silence = 5

// patchesCmd reads the catalogue.
func (m *Model) patchesCmd() tea.Cmd {
	console, ctx := m.console, m.ctx
	return func() tea.Msg {
		list, err := console.Patches(ctx)
		return patchesMsg{list, err}
	}
}

// closeCmd closes op.
func closeCmd(op session.Operation) tea.Cmd {
	return func() tea.Msg { return closedMsg{op.Close()} }
}

// requestCmd sends a request to the operation in hand; the kernel may take a while to answer. answer is shown if the
// request succeeds.
func (m *Model) requestCmd(answer string, request func(session.Operation) error) tea.Cmd {
	id, op := m.opID, m.op
	return func() tea.Msg {
		if err := request(op); err != nil {
			return errorMsg{id, err}
		}
		return answeredMsg{id, answer}
	}
}

// eventsCmd waits for events. It gathers those that come faster than every, so that a fast stream causes at most one
// picture in that time, and at most ten pictures a second. An event that is no sample is brought as soon as its burst
// has ended; samples wait until the line has carried the picture before, for a while.
func eventsCmd(ctx context.Context, id int, ch <-chan session.Event, every time.Duration, line backlog) tea.Cmd {
	return func() tea.Msg {
		msg, begin := eventsMsg{id: id}, time.Now()
		due := time.Now().Add(every * 4 / 5) // a sample may be early by up to a fifth
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
				if hurried || !line.behind() || time.Since(begin) > longestHeld {
					return msg
				}
				enough = time.After(fastest)
			case <-ctx.Done():
				return msg
			}
		}
	}
}

const (
	batch = 1000                  // events gathered before the screen is drawn
	burst = 10 * time.Millisecond // events within this time of one that is no sample share its picture
)

func tickCmd(d time.Duration) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return tickMsg{} })
}
