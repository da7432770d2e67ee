// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// slow is a console that opens a patch of so many functions that it never comes to an end.
type slow struct {
	session.Console
	calls io.Writer
}

func (s slow) Open(ctx context.Context, patch string, opts session.OpenOptions) (session.Operation, error) {
	fmt.Fprintf(s.calls, "open %s\n", patch)
	opts.Step("attaching probes, 37 of 200: tcp_recvmsg_locked")
	<-ctx.Done()
	opts.Step("detaching the probes")
	fmt.Fprintf(s.calls, "given up %s\n", patch)
	return nil, ctx.Err()
}

// start runs a command and those that it consists of, as a program does.
func start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if batch, ok := cmd().(tea.BatchMsg); ok {
			for _, c := range batch {
				start(c)
			}
		}
	}()
}

// What the opening does and for how long is on the screen, at each size, and how to end it.
func TestOpeningIsShown(t *testing.T) {
	for _, size := range sizes {
		console, err := newCued("testdata/"+stuck, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		m := screenOf(t, slow{console, io.Discard}, nil, size.w, size.h, Options{})
		press(m, "enter")
		_, cmd := m.Update(keyMsg("enter"))
		start(cmd)
		o := m.opener
		for o.latest.Load() == nil {
			time.Sleep(time.Millisecond)
		}
		o.began = o.began.Add(-65 * time.Second)
		m.Update(openTickMsg{o})
		screen := ansi.Strip(m.View().Content)
		checkShape(t, screen, size.w, size.h)
		golden(t, fmt.Sprintf("opening-%dx%d", size.w, size.h), screen+"\n")
		press(m, "esc")
		<-o.ended
		m.Update(errorMsg{m.opID, o.err})
		if screen := ansi.Strip(m.View().Content); m.opening != "" || !strings.Contains(screen, "Cancelled: no-oob") {
			t.Errorf("after esc it shows\n%s", screen)
		}
		if cmd := m.gotOpenTick(openTickMsg{o}); cmd != nil {
			t.Error("the clock of an opening that was cancelled goes on")
		}
	}
}

// esc ends an opening and the console goes on; ctrl+c ends both. Nobody waits for what does not come.
func TestOpeningIsCancelled(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childOpening+"=1")
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("Opening no-oob, for 0:", "Attaching probes, 37 of 200: tcp_recvmsg_locked.",
		"Next: wait: opening changes nothing", "esc cancel")
	s.Keys(escape)
	s.Wait("Cancelled: no-oob was not opened, and nothing of it stays attached.", "NO PATCH CHOSEN")
	s.Keys(take)
	s.Wait("Opening no-oob", "37 of 200")
	s.Keys("\x03")
	s.EndsWell()
	want := strings.Repeat("open no-oob\ngiven up no-oob\n", 2)
	if got := s.requests(); got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// An operation that opens although it was cancelled is closed.
func TestOpenedTooLateIsClosed(t *testing.T) {
	m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	start(m.choose("no-oob"))
	o := m.opener
	<-o.ended
	press(m, "esc")
	calls.Reset()
	_, cmd := m.Update(openedMsg{m.opID, o.op})
	cmd()
	if !strings.Contains(calls.String(), "close") || m.op != nil {
		t.Error("it is not closed")
	}
}
