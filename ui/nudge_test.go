// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// chooser returns a stuck console that is asked to nudge one holder, and the question that stands.
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

func TestViewsOfTheFreezeQuestion(t *testing.T) {
	plan := session.FreezePlan{Groups: []session.FreezeGroup{
		{Path: "/system.slice/nginx.service", Holders: []int{7}, Others: []string{"nginx (pid 12)", "a\x1b[31m (pid 13)", "sh (pid 14)", "cat (pid 15)"}},
		{Path: "/user.slice", Holders: []int{8, 9}}, {Path: "/c"}, {Path: "/d"}},
		LeftOut: []string{"sshd (pid 4): its cgroup / holds init too, which must not be frozen"}}
	for _, size := range sizes {
		name := fmt.Sprintf("freeze-question-%dx%d", size.w, size.h)
		t.Run(name, func(t *testing.T) {
			m, asked := chooser(t, size.w, size.h)
			m.Update(planMsg{m.opID, asked, plan, nil})
			screen := m.View().Content
			checkShape(t, screen, size.w, size.h)
			golden(t, name, ansi.Strip(screen)+"\n")
		})
	}
}

func TestPlanComesTooLate(t *testing.T) {
	m, asked := chooser(t, 80, 24)
	m.dialog = nil
	m.Update(planMsg{m.opID, asked, session.FreezePlan{Groups: []session.FreezeGroup{{Path: "/a"}}}, nil})
	if m.dialog != nil {
		t.Errorf("%T stands, though the question it was for has gone", m.dialog)
	}
}

func TestNobodyCanBeFrozen(t *testing.T) {
	m, asked := chooser(t, 80, 24)
	m.Update(planMsg{m.opID, asked, session.FreezePlan{}, errors.New("nobody can be frozen: init (pid 1)")})
	if m.dialog != nil || !strings.Contains(ansi.Strip(m.View().Content), "Error: nobody can be frozen: init (pid 1)") {
		t.Errorf("%T stands on\n%s", m.dialog, ansi.Strip(m.View().Content))
	}
}
