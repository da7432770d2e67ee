// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spotos/session"
)

// freezing are the arm options with the longest questions.
var freezing = session.ArmOptions{Timeout: 30 * time.Second, Nudge: session.NudgeFreeze}

// answeredViews are views of questions that have received their plan, and of a recording.
var answeredViews = []view{
	{"freeze-question", func(t *testing.T, w, h int, opts Options) *Model {
		m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, opts)
		press(m, "3", "n")
		m.Update(planMsg{m.opID, session.NudgeFreeze, 0, m.dialog, muchToFreeze, nil})
		return m
	}},
	// The question to arm with everything that it may contain.
	{"arm-question-freeze", func(t *testing.T, w, h int, opts Options) *Model {
		opts.Arm = freezing
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, w, h, opts)
		for i := range 200 {
			m.live.Started.Functions = append(m.live.Started.Functions, fmt.Sprintf("tcp_function_%d", i))
		}
		press(m, "a")
		m.Update(planMsg{m.opID, session.NudgeFreeze, 0, m.dialog, muchToFreeze, nil})
		return m
	}},
	{"help-replay", func(t *testing.T, w, h int, opts Options) *Model {
		m := replayed(t, w, h, opts)
		press(m, "?")
		return m
	}},
	{"replay", replayed},
}

// Who has set CPUs aside reads before he arms that an attempt stops these too.
func TestQuestionsNameCPUsSetAside(t *testing.T) {
	for set, want := range map[string]string{
		"":              "point all CPUs stop",
		"nohz_full=1-7": "also those set aside (nohz_full=1-7), stop",
	} {
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, 120, 40, Options{})
		m.caps.SetAside = set
		press(m, "a")
		if text := m.View().Content; !strings.Contains(text, want) {
			t.Errorf("with CPUs %q set aside it says\n%s", set, text)
		}
	}
}

// Who arms a patch of a function that SPOTOS itself has called reads so, and only then.
func TestQuestionNamesOwnCalls(t *testing.T) {
	const says = "SPOTOS itself calls tcp_accept"
	for _, own := range []bool{true, false} {
		m := screenAt(t, easy, stoppedAt{session.KindSampled, 4, 0}, 120, 40, Options{})
		m.live.Sample.Programs = &session.Programs{Total: 1, List: []session.ProgramCalls{{Kind: session.CallerProgram,
			Comm: "spotos", Own: own, Functions: []session.FunctionCalls{{Name: "tcp_accept", Calls: 1}}}}}
		press(m, "a")
		if text := m.View().Content; strings.Contains(text, says) != own {
			t.Errorf("own calls %v: it says\n%s", own, text)
		}
	}
}

// A question that brings nudges by freezing shows what they would reach, once that is known, or why they reach
// nobody.
func TestQuestionsShowTheFreezePlan(t *testing.T) {
	for _, c := range []struct {
		key, file string
		stop      stoppedAt
	}{
		{"a", easy, stoppedAt{session.KindSampled, 4, 0}},
		{"v", easy, stoppedAt{session.KindApplied, 1, 2}},
		{"r", stuck, stoppedAt{session.KindStuck, 1, 1}},
	} {
		m, _ := cuedModel(t, c.file, c.stop)
		m.opts.Arm = freezing
		_, cmd := m.Update(keyMsg(c.key))
		text := func() string { return strings.Join(m.dialog.Lines(m.skin), " ") }
		if m.dialog == nil || !strings.Contains(text(), "Nudging by freeze") || cmd == nil {
			t.Fatalf("%s does not say that it brings freezing:\n%s", c.key, m.View().Content)
		}
		m.Update(planMsg{m.opID, session.NudgeFreeze, 0, m.dialog, muchToFreeze, nil})
		if !strings.Contains(text(), "/system.slice/nginx.service: 15 threads, 1 holder among them") {
			t.Errorf("%s does not say what would be frozen: %s", c.key, text())
		}
		m.Update(planMsg{m.opID, session.NudgeFreeze, 0, m.dialog, session.NudgePlan{}, errNobody})
		if !strings.Contains(text(), "At this moment nobody can be frozen: init (pid 1).") {
			t.Errorf("%s does not say that nobody would be frozen: %s", c.key, text())
		}
	}
}

func TestQuestionsNameTheNudge(t *testing.T) {
	for nudge, want := range map[string]string{"": "", session.NudgeNone: "", session.NudgeSignal: "Nudging by signal",
		session.NudgeAuto: "If no safe point is likely within 2.0 s, the holders are woken"} {
		m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		m.opts.Arm.Nudge, m.opts.Arm.Patience = nudge, 2*time.Second
		_, cmd := m.Update(keyMsg("a"))
		text := strings.Join(m.dialog.Lines(m.skin), " ")
		if (cmd != nil) != (want != "") || want == "" && strings.Contains(text, "oken") || !strings.Contains(text, want) {
			t.Errorf("with the nudge %q the question is %q, and a plan is requested: %v", nudge, text, cmd != nil)
		}
	}
}

// Whose programs would notice that they are woken is named before they are; where nobody's would, yes can be answered
// at once.
func TestQuestionsNameWhoWouldNotice(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	now := fixedClock()
	m.opts.Now = func() time.Time { return now }
	m.opts.Arm = session.ArmOptions{Nudge: session.NudgeAuto}
	m.Update(keyMsg("a"))
	opened := m.dialog.Opened()
	now = now.Add(time.Second)
	m.Update(planMsg{m.opID, session.NudgeAuto, 0, m.dialog, session.NudgePlan{}, nil})
	if m.dialog.Opened() != opened || m.dialog.(*confirm).planPending() {
		t.Error("a plan of which nothing is to be read holds up the answer")
	}
	plan := session.NudgePlan{Notices: []string{"poller (pid 7): epoll_wait returns EINTR", "b (pid 8): why"}}
	m.Update(planMsg{m.opID, session.NudgeAuto, 0, m.dialog, plan, nil})
	text := strings.Join(m.dialog.Lines(m.skin), " ")
	const want = "2 programs would notice being woken; the first is poller (pid 7): epoll_wait returns EINTR."
	if !strings.Contains(text, want) || m.dialog.Opened() != now {
		t.Errorf("opened %v, the question is %q", m.dialog.Opened(), text)
	}
}
