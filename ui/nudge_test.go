// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// chooser returns a console on a stuck patch whose operator has pressed n on a holder, and the open question.
func chooser(t *testing.T, w, h int) (*Model, *nudgeChooser) {
	t.Helper()
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, Options{})
	press(m, "3", "n")
	asked, ok := m.dialog.(*nudgeChooser)
	if !ok {
		t.Fatalf("n asks %T", m.dialog)
	}
	return m, asked
}

var (
	littleToFreeze = session.NudgePlan{Groups: []session.FreezeGroup{{Path: "/a"}}}
	errNobody      = errors.New("nobody can be frozen: init (pid 1)")
)

// muchToFreeze is a plan that is too long for a question.
var muchToFreeze = session.NudgePlan{Groups: []session.FreezeGroup{
	{Path: "/system.slice/nginx.service", Holders: []int{7}, Threads: 15, Processes: 5,
		Programs: []session.Program{{PID: 7, Comm: "nginx", Threads: 11, Holders: 1},
			{PID: 13, Comm: "a\x1b[31m", Threads: 1}, {PID: 14, Comm: "sh", Threads: 1}, {PID: 15, Comm: "cat", Threads: 1}}},
	{Path: "/user.slice", Holders: []int{8, 9}, Threads: 2}, {Path: "/c"}, {Path: "/d"}},
	LeftOut: []string{"sshd (pid 4): its cgroup / holds init too, which must not be frozen"}}

func TestLatePlanIsDropped(t *testing.T) {
	m, asked := chooser(t, 80, 24)
	m.dialog = nil
	m.Update(planMsg{m.opID, session.NudgeFreeze, 0, asked, littleToFreeze, nil})
	if m.dialog != nil {
		t.Errorf("%T is open, though its question was closed", m.dialog)
	}
}

func TestNobodyCanBeFrozen(t *testing.T) {
	m, asked := chooser(t, 80, 24)
	m.Update(planMsg{m.opID, session.NudgeFreeze, 0, asked, session.NudgePlan{}, errNobody})
	if m.dialog != nil || !strings.Contains(ansi.Strip(m.View().Content), "Error: nobody can be frozen: init (pid 1)") {
		t.Errorf("%T stands on\n%s", m.dialog, ansi.Strip(m.View().Content))
	}
}

// The kernel does not try while the patch is stuck. The questions say that a nudge arms it again, and only then.
func TestNudgeOfAStuckPatchArmsItAgain(t *testing.T) {
	const again = "this arms it again for 5.0 s, then nudges"
	m, asked := chooser(t, 80, 24)
	if !strings.Contains(ansi.Strip(m.View().Content), again) {
		t.Error("the question of a nudge does not say so")
	}
	m.Update(planMsg{m.opID, session.NudgeFreeze, 0, asked, littleToFreeze, nil})
	if !strings.Contains(ansi.Strip(m.View().Content), again) {
		t.Error("the question before freezing does not say so")
	}
	m = screenAt(t, aborted, stoppedAt{session.KindArmed, 1, 2}, 80, 24, Options{})
	if press(m, "n"); m.dialog == nil || strings.Contains(m.View().Content, "again") {
		t.Errorf("while it is armed, a nudge asks\n%s", ansi.Strip(m.View().Content))
	}
}

// The sentence, the list and the question count the same holders.
func TestStuckSentenceCountsTheHoldersShown(t *testing.T) {
	m, _ := cuedModel(t, stuck, stoppedAt{session.KindStuck, 1, 1})
	sample := m.live.Sample
	for _, c := range []struct {
		holders  int
		inFlight int64
		want     string
	}{
		{3, 3, "3 holders: "},
		{1, 1, "is inside inet_recvmsg."},
		{0, 0, "Nobody is inside now; 8 holders at the deadline."},
	} {
		s := sample
		s.Holders, s.Total, s.InFlight = sample.Holders[:c.holders], c.holders, c.inFlight
		m.Update(eventsMsg{id: m.opID, events: []session.Event{s}})
		screen := strings.ReplaceAll(ansi.Strip(m.View().Content), "\n", " ")
		if !strings.Contains(screen, c.want) || !strings.Contains(screen, fmt.Sprintf("3 Holders %d", c.holders)) {
			t.Errorf("with %d holders there is no %q in\n%s", c.holders, c.want, ansi.Strip(m.View().Content))
		}
	}
}

// A task seen just before all counts were zero is not shown as a holder.
func TestNobodyIsInsideAtZero(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 3, 0})
	sample := m.live.Sample
	sample.InFlight, sample.Total = 0, 3
	sample.Functions = slices.Clone(sample.Functions)
	for i := range sample.Functions {
		sample.Functions[i].Count = 0
	}
	m.Update(eventsMsg{id: m.opID, events: []session.Event{sample}})
	screen := m.View().Content
	const nobody = "Nobody is inside; 3 were, just before the count."
	if !strings.Contains(screen, "ALL ZERO") || !strings.Contains(screen, nobody) {
		t.Errorf("at zero it shows\n%s", ansi.Strip(screen))
	}
}

// The question to nudge all holders stays open while nobody is inside for a moment. It closes when the patch is no
// longer armed.
func TestNudgeOfAllSurvivesAMomentAtZero(t *testing.T) {
	m := screenAt(t, aborted, stoppedAt{session.KindArmed, 1, 2}, 80, 24, Options{})
	press(m, "n")
	sample := m.live.Sample
	sample.InFlight, sample.Holders, sample.Total = 0, nil, 0
	m.Update(eventsMsg{id: m.opID, events: []session.Event{sample}})
	if m.dialog == nil || !strings.Contains(ansi.Strip(m.View().Content), "Nudge all of the holders on") {
		t.Fatalf("%T stands on\n%s", m.dialog, ansi.Strip(m.View().Content))
	}
	applied := session.Switched{Head: session.Head{Kind: session.KindApplied}}
	m.Update(eventsMsg{id: m.opID, events: []session.Event{applied}})
	if m.dialog != nil {
		t.Error("it still asks for a nudge, though the patch has switched")
	}
}

// The operator has to read who would be frozen before a yes is accepted.
func TestYesWaitsForTheFreezePlan(t *testing.T) {
	opts := Options{Arm: session.ArmOptions{Nudge: session.NudgeFreeze}}
	m := screenAt(t, easy, stoppedAt{session.KindApplied, 1, 2}, 80, 24, opts)
	now := fixedClock()
	m.opts.Now = func() time.Time { return now }
	press(m, "v")
	now = now.Add(time.Second)
	if press(m, "y"); m.dialog == nil {
		t.Fatal("a yes was accepted before the plan came")
	}
	m.Update(planMsg{m.opID, session.NudgeFreeze, 0, m.dialog, muchToFreeze, nil})
	if press(m, "y"); m.dialog == nil {
		t.Fatal("a yes was accepted that was typed before the plan could be read")
	}
	now = now.Add(answerDelay)
	if cmd := m.key(keyMsg("y")); cmd == nil || m.dialog != nil {
		t.Error("a yes was not accepted, though the plan could be read")
	}
}

// A cgroup that cannot be thawed is reported, and does not hide that the patch has switched.
func TestFailureAfterASwitchDoesNotHideIt(t *testing.T) {
	m := screenAt(t, easy, stoppedAt{session.KindApplied, 1, 2}, 80, 24, Options{})
	failed := session.Failed{Head: session.Head{Kind: session.KindFailed}, Reason: "thawing cgroup /app: no"}
	m.gotEvents(eventsMsg{id: m.opID, events: []session.Event{failed}})
	text := ansi.Strip(m.View().Content)
	if !strings.Contains(text, "[ APPLIED ]") || !strings.Contains(text, "Error: thawing cgroup /app: no") {
		t.Errorf("the screen shows\n%s", text)
	}
}
