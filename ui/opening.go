// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"spotos/session"
)

// opening is a patch that is being opened. That attaches probes to each of its functions, one after the other, so it
// takes long where there are many.
type opening struct {
	patch     string
	began     time.Time
	now       time.Time              // when the screen looked last
	step      string                 // what is done, as the screen has it
	latest    atomic.Pointer[string] // the same, as it was reported; nil: nothing was yet
	cancel    context.CancelFunc
	cancelled bool              // by the operator
	before    session.Operation // to be closed first; nil: none
	started   atomic.Bool
	ended     chan struct{}
	op        session.Operation // what came of it, as the errors: set before ended is closed
	err       error
	closeErr  error // of the operation before
}

// openTickMsg comes while a patch is being opened: what is done is on the screen, with a clock.
type openTickMsg struct{ of *opening }

// openTick is how often the screen looks what the opening does: rarely enough for a slow line.
const openTick = 250 * time.Millisecond

// openCmd closes the operation before, which may be nil, and opens a patch as operation number m.opID. When it is
// cancelled, what it has begun is taken away.
func (m *Model) openCmd(before session.Operation, patch string) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	now := m.opts.Now()
	o := &opening{patch: patch, began: now, now: now, cancel: cancel, before: before,
		ended: make(chan struct{})}
	m.opening, m.opener = patch, o
	report := func(step string) { o.latest.Store(&step) }
	console, id, opts := m.console, m.opID, session.OpenOptions{ByProgram: m.byProgram, Report: report}
	return tea.Batch(o.tickCmd(), func() tea.Msg {
		if !o.started.CompareAndSwap(false, true) { // the console has ended meanwhile
			return nil
		}
		defer close(o.ended)
		if before != nil {
			report("closing what was open before")
			o.closeErr = before.Close()
		}
		if o.err = ctx.Err(); o.err == nil {
			o.op, o.err = console.Open(ctx, patch, opts)
		}
		if o.err != nil {
			return errorMsg{id, o.err}
		}
		return openedMsg{id, o.op}
	})
}

func (o *opening) tickCmd() tea.Cmd {
	return tea.Tick(openTick, func(time.Time) tea.Msg { return openTickMsg{o} })
}

// gotOpenTick puts on the screen what is done.
func (m *Model) gotOpenTick(msg openTickMsg) tea.Cmd {
	o := msg.of
	if m.opener != o {
		return nil
	}
	o.now = m.opts.Now()
	if step := o.latest.Load(); step != nil {
		o.step = session.Plain(*step)
	}
	return o.tickCmd()
}

// cancelOpening has the opening end. It returns false if there is none that could be cancelled.
func (m *Model) cancelOpening() bool {
	o := m.opener
	if o == nil || o.cancelled {
		return false
	}
	o.cancelled = true
	o.cancel()
	return true
}

// endOpening takes an opening that has ended off the screen. It reports whether it was cancelled, and says so.
func (m *Model) endOpening() (cancelled bool) {
	o := m.opener
	m.opening, m.opener = "", nil
	if o == nil {
		return false
	}
	if o.closeErr != nil {
		m.fail(fmt.Errorf("closing the operation before: %w", o.closeErr))
	}
	if o.cancelled {
		m.answer("Cancelled: " + o.patch + " was not opened, and nothing of it stays attached.")
	}
	return o.cancelled
}

// openingLine says which patch is being opened, and for how long.
func (m *Model) openingLine() string {
	o := m.opener
	if o == nil {
		return "Opening " + m.skin.Bold.Render(m.opening)
	}
	what := "Opening "
	if o.cancelled {
		what = "Cancelled: taking away what was begun of "
	}
	return what + m.skin.Bold.Render(o.patch) + ", for " + m.skin.Bold.Render(minutes(o.now.Sub(o.began)))
}

// openingStep says what is done; "" where nothing is opened, or that has just begun.
func (m *Model) openingStep() string {
	if m.opener == nil || m.opener.step == "" {
		return ""
	}
	return upperFirst(m.opener.step) + "."
}

// openingEnded cancels an opening that is under way and waits until nothing of it is left; after a crash at most
// endLimit. The terminal is restored already, so a line says why it waits.
func (m *Model) openingEnded(crashed bool) {
	o := m.opener
	if o == nil {
		return
	}
	o.cancel()
	if o.started.CompareAndSwap(false, true) { // nothing was begun
		if o.before != nil {
			_ = o.before.Close()
		}
		return
	}
	var late <-chan time.Time
	if crashed {
		late = time.After(endLimit)
	}
	select {
	case <-o.ended:
	case <-time.After(time.Second):
		fmt.Fprintf(m.opts.Output, "Taking away what the opening of %s had begun.\n", o.patch)
		select {
		case <-o.ended:
		case <-late:
			return
		}
	}
	if o.op != nil && o.op != m.op {
		_ = o.op.Close()
	}
}
