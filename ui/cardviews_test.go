// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// inContainer has a patch stuck at a process in a container, which would notice that it is woken.
func inContainer(s session.Sampled) []session.Event {
	uid := uint32(101)
	d := session.Details{PID: s.Holders[0].PID, Exe: "/usr/sbin/nginx", UID: &uid, Engine: "docker", Box: "3f4e5d6c7b8a",
		Command: "nginx: worker process", Cgroup: "/system.slice/docker-3f4e5d6c7b8a.scope",
		Call: &session.SystemCall{Name: "epoll_wait", Args: []string{"9", "memory", "512", "5000 ms"},
			File: &session.OpenFile{FD: 9, Type: session.FileOther, Name: "eventpoll"}, Limit: 5 * time.Second,
			Notices: "epoll_wait returns EINTR"}}
	s.Details = []session.Details{d}
	return []session.Event{toArm(s), session.Stuck{Head: session.Head{Time: s.Time}, Holders: s.Holders, Total: 1,
		Reason: "sh (pid 157) is inside pair_encode"}, s}
}

// byKthread has a patch stuck at a thread of the kernel, which does not leave when it is woken.
func byKthread(s session.Sampled) []session.Event {
	s.Holders = slices.Clone(s.Holders)
	s.Holders[0].Comm, s.Holders[0].State, s.Holders[0].Kthread, s.Holders[0].Deaf = "jbd2/sda1-8", "D", true, true
	s.Details = []session.Details{{PID: s.Holders[0].PID}}
	return []session.Event{toArm(s), session.Stuck{Head: session.Head{Time: s.Time}, Holders: s.Holders, Total: 1,
		Reason: "jbd2/sda1-8 (pid 157) is inside pair_encode"}, s}
}

// described is a real run in which the console was on a patch that is stuck at readers of TCP connections.
const described = "recorded-card.jsonl"

// cardViews are those of that run: the longest inside, the groups, and then the details of another holder.
var cardViews = []view{
	{"card", cardView(whenStuck)},
	{"card-group", cardView(whenStuck, "3", "enter", "j")},
	{"card-details", cardView(whenInspected, "3", "enter", "j", "j", "enter")},
}

func cardView(stop func(*testing.T) stoppedAt, keys ...string) func(*testing.T, int, int, Options) *Model {
	return func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, described, stop(t), w, h, opts)
		press(m, keys...)
		return m
	}
}

func whenStuck(*testing.T) stoppedAt { return stoppedAt{session.KindStuck, 1, 1} }

// whenInspected is the last sample that describes a holder besides the longest inside.
func whenInspected(t *testing.T) stoppedAt {
	at := stoppedAt{kind: session.KindSampled}
	samples := 0
	for _, e := range allRecorded(t, described) {
		if s, ok := e.(session.Sampled); ok {
			if samples++; len(s.Details) > 1 {
				at.nth = samples
			}
		}
	}
	return at
}

// The four answers and the groups stand on every screen, without Unicode too, and whatever is open below them on a
// screen that has the lines.
func TestCardIsOnEveryScreen(t *testing.T) {
	for _, size := range sizes {
		for _, ascii := range []bool{false, true} {
			m := screenAt(t, described, whenStuck(t), size.w, size.h, Options{ASCII: ascii})
			screen := ansi.Strip(m.View().Content)
			holders, _ := m.live.Inside()
			card := m.live.Card(holders[0])
			for _, want := range []string{"  WHO       " + card.Who[:30], "  WHERE     recvfrom(",
				"  SINCE     " + card.Since[:25], "  FREES IT  data from 127.0.0.1:", " x  the longest >", "wait_woken < "} {
				if !strings.Contains(screen, want) {
					t.Errorf("%dx%d, ASCII %v: there is no %q on\n%s", size.w, size.h, ascii, want, screen)
				}
			}
			if ascii {
				golden(t, fmt.Sprintf("card-ascii-%dx%d", size.w, size.h), screen+"\n")
			}
		}
	}
}

// asked is an operation that notes which holders are to be described.
type asked struct {
	session.Operation
	pids *[]int
}

func (a asked) Inspect(pid int) { *a.pids = append(*a.pids, pid) }

// A holder is read about as long as its details are open, and no longer.
func TestOpenHolderIsInspected(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 80, 24, Options{})
	var pids []int
	m.op = asked{m.op, &pids}
	press(m, "3", "enter", "j", "k", "j") // an open group is none
	if len(pids) > 0 {
		t.Errorf("nothing is open, and %v were asked for", pids)
	}
	press(m, "enter", "j", "esc", "2")
	if want := []int{157, 158, 0}; !slices.Equal(pids, want) {
		t.Errorf("%v were asked for, want %v", pids, want)
	}
}

// What is read of a holder later is shown where its details are open.
func TestDetailsArrive(t *testing.T) {
	m := stuckAt(t, 120, 40, func(s *session.Sampled) {
		uid := uint32(33)
		s.Details = []session.Details{{PID: 158, UID: &uid, Unit: "web\x1b[31m.service", Command: "/srv/web --port 80",
			NoCall: "it is running"}}
	})
	press(m, "3", "enter", "j", "j", "enter")
	screen := ansi.Strip(m.View().Content)
	for _, want := range []string{"consumer/6, thread 158 of process 146, user 33, unit web?[31m.service: /srv/web",
		"WHERE     it is running", "FREES IT  what it waits for is not known; a nudge may"} {
		if !strings.Contains(screen, want) {
			t.Errorf("there is no %q on\n%s", want, screen)
		}
	}
}
