// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"testing"
	"time"

	"spotos/probe"
	"spotos/session"
)

// inspecting returns an inspector of one thread, 71, that counts how often it reads. now identifies the thread.
func inspecting(now *task, reads *int) *inspector {
	return &inspector{
		task:  func(int) (task, bool) { return *now, true },
		place: func(int, *session.Details) {},
		read: func(h subject) (session.Details, task) {
			*reads++
			return session.Details{PID: h.PID, Exe: "/a", Call: &session.SystemCall{Name: "read"}}, *now
		},
	}
}

func sleeper(switches uint64) []subject {
	return []subject{{Holder: probe.Holder{PID: 71, TGID: 70, Switches: switches}, counted: true}}
}

// A thread is read about once as long as it does not run, and again no more often than once a second.
func TestInspectorReadsSeldom(t *testing.T) {
	now, reads := task{tgid: 70, begin: 5, switches: 7}, 0
	i := inspecting(&now, &reads)
	at := time.Unix(1000, 0)
	for _, c := range []struct {
		after    time.Duration
		switches uint64
		want     int
	}{
		{0, 7, 1}, {2 * time.Second, 7, 1}, {3 * time.Second, 8, 2}, {3500 * time.Millisecond, 9, 2},
		{4 * time.Second, 9, 3},
	} {
		if round := i.look(at.Add(c.after), sleeper(c.switches)); round != nil {
			<-round
		}
		if reads != c.want {
			t.Errorf("after %s: %d reads, want %d", c.after, reads, c.want)
		}
	}
}

// A thread that sleeps on may be moved to another cgroup meanwhile. What is read of one that has taken its number by
// then is not said of it.
func TestInspectorSeesMoves(t *testing.T) {
	now, reads, group := task{tgid: 70, begin: 5, switches: 7}, 0, "/a"
	i := inspecting(&now, &reads)
	i.place = func(_ int, d *session.Details) { d.Cgroup = group }
	at := time.Unix(1000, 0)
	for _, c := range []struct {
		group string
		begin time.Duration
		want  string
	}{{"", 5, ""}, {"/b", 5, "/b"}, {"/c", 6, "/b"}, {"/c", 5, "/c"}} {
		group, now.begin = c.group, c.begin
		<-i.look(at, sleeper(7))
		got := i.of(sleeper(7))
		if len(got) != 1 || got[0].Cgroup != c.want || got[0].Exe != "/a" || got[0].Call == nil {
			t.Errorf("in %s: it says %+v, want %s", c.group, got, c.want)
		}
		at = at.Add(inspectEvery)
	}
	if reads != 1 {
		t.Errorf("%d reads of a thread that sleeps", reads)
	}
}

// What was read of a thread that has run says no more which call it is in; what was read of another one says nothing.
func TestInspectorForgetsWhatMayBeWrong(t *testing.T) {
	now, reads := task{tgid: 70, begin: 5, switches: 7}, 0
	i := inspecting(&now, &reads)
	if got := i.of(sleeper(7)); got != nil {
		t.Errorf("nothing was read, and it says %+v", got)
	}
	<-i.look(time.Now(), sleeper(7))
	if got := i.of(sleeper(7)); len(got) != 1 || got[0].Call == nil {
		t.Errorf("it sleeps on, and it says %+v", got)
	}
	now.switches = 8
	if got := i.of(sleeper(8)); len(got) != 1 || got[0].Call != nil || got[0].NoCall != hasRun || got[0].Exe != "/a" {
		t.Errorf("it has run, and it says %+v", got)
	}
	now.begin = 6
	if got := i.of(sleeper(8)); got != nil {
		t.Errorf("it is another thread, and it says %+v", got)
	}
}

// A sample waits for nobody: while a read does not come back, no other begins.
func TestInspectorDoesNotWait(t *testing.T) {
	blocked, begun := make(chan struct{}), make(chan struct{})
	i := &inspector{read: func(subject) (session.Details, task) {
		begun <- struct{}{} // a second read would wait here for good
		<-blocked
		return session.Details{}, task{}
	}}
	at := time.Unix(1000, 0)
	round := i.look(at, sleeper(7))
	<-begun
	if again := i.look(at.Add(time.Hour), sleeper(8)); again != round {
		t.Error("another round has begun")
	}
	if got := i.of(sleeper(7)); got != nil {
		t.Errorf("it says %+v", got)
	}
	close(blocked)
	<-round
}
