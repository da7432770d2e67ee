// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
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
		m.Update(planMsg{m.opID, m.dialog, muchToFreeze, nil})
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
		m.Update(planMsg{m.opID, m.dialog, muchToFreeze, nil})
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
		m.Update(planMsg{m.opID, m.dialog, muchToFreeze, nil})
		if !strings.Contains(text(), "/system.slice/nginx.service: 15 threads, 1 holder among them") {
			t.Errorf("%s does not say what would be frozen: %s", c.key, text())
		}
		m.Update(planMsg{m.opID, m.dialog, session.FreezePlan{}, errors.New("nobody can be frozen: init (pid 1)")})
		if !strings.Contains(text(), "At this moment nobody can be frozen: init (pid 1).") {
			t.Errorf("%s does not say that nobody would be frozen: %s", c.key, text())
		}
	}
}

func TestQuestionsNameTheNudge(t *testing.T) {
	const signal = "Nudging by signal"
	for nudge, want := range map[string]string{"": "", session.NudgeNone: "", session.NudgeSignal: signal} {
		m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		m.opts.Arm.Nudge = nudge
		_, cmd := m.Update(keyMsg("a"))
		text := strings.Join(m.dialog.Lines(m.skin), " ")
		if cmd != nil || want == "" && strings.Contains(text, "Nudging") || !strings.Contains(text, want) {
			t.Errorf("with the nudge %q the question is %q, and a plan is requested: %v", nudge, text, cmd != nil)
		}
	}
}
