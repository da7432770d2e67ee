// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// screenLines returns what a model shows, without its colours.
func screenLines(m *Model) []string { return strings.Split(ansi.Strip(m.View().Content), "\n") }

// A click on any line that shows a row of a list chooses that row and no other, at each size and in each layout.
func TestClickChoosesTheRowUnderIt(t *testing.T) {
	hits := 0
	for _, size := range sizes[1:] {
		for _, layout := range Layouts() {
			for _, stop := range []stoppedAt{{session.KindSampled, 5, 0}, {session.KindStuck, 1, 1}} {
				at := func() *Model {
					m := screenAt(t, stuck, stop, size.w, size.h, Options{Mouse: true, Layout: layout})
					press(m, "g")
					return m
				}
				for y, line := range screenLines(at()) {
					for _, x := range []int{5, size.w - 5} { // in the second column, where there are two
						m := at()
						p, _ := m.placeAt(x, y)
						if _, listed := m.rowAt(p, x, y); !listed {
							continue
						}
						m.Update(tea.MouseClickMsg{Button: tea.MouseLeft, X: x, Y: y})
						r, _ := m.table().selected()
						hits++
						part := ansi.Cut(line, p.inner.x, p.inner.x+p.inner.w)
						if first := strings.Fields(r.text())[0]; !strings.Contains(part, first) && !continues(part, r) {
							t.Errorf("%dx%d, %s: a click on %q chooses %q", size.w, size.h, layout, part, r.text())
						}
					}
				}
			}
		}
	}
	if hits < 30 {
		t.Errorf("only %d lines have a row", hits)
	}
}

// continues reports whether a line has a further part of a row's last column.
func continues(line string, r row) bool {
	return strings.HasPrefix(line, "     ") && strings.Contains(r.text(), strings.TrimSpace(line))
}

// Nothing is clicked where a question is open, where the help is, or without --mouse.
func TestClickAnswersNothing(t *testing.T) {
	for _, c := range []struct {
		mouse bool
		keys  []string
	}{{true, []string{"a"}}, {true, []string{"?"}}, {true, []string{"/"}}, {false, nil}} {
		m, calls := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
		m.opts.Mouse = c.mouse
		press(m, c.keys...)
		calls.Reset()
		before := m.View().Content
		for y := range m.height {
			for _, msg := range []tea.Msg{tea.MouseClickMsg{Button: tea.MouseLeft, X: 3, Y: y},
				tea.MouseWheelMsg{Button: tea.MouseWheelDown, X: 3, Y: y}} {
				if _, cmd := m.Update(msg); cmd != nil {
					t.Errorf("%v: line %d does something", c, y)
				}
			}
		}
		if m.View().Content != before || calls.Len() > 0 {
			t.Errorf("%v: it shows\n%s", c, ansi.Strip(m.View().Content))
		}
	}
}

// click presses the left button at a text on the screen and lets it go.
func (s *terminal) click(text string, want ...string) *terminal {
	s.TB.Helper()
	x, y := s.find(text)
	return s.clickAt(x, y, want...)
}

// find returns where a text is on the screen, in columns and lines from 0.
func (s *terminal) find(text string) (x, y int) {
	s.TB.Helper()
	s.Wait(text)
	for y, line := range strings.Split(s.Text(), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	s.TB.Fatalf("%q went away", text)
	return 0, 0
}

func (s *terminal) clickAt(x, y int, want ...string) *terminal {
	s.TB.Helper()
	at := fmt.Sprintf("%d;%d", x+1, y+1)
	return s.press(escape+"[<0;"+at+"M"+escape+"[<0;"+at+"m", want...)
}

// turn turns the wheel down over a text.
func (s *terminal) turn(text string, want ...string) *terminal {
	s.TB.Helper()
	x, y := s.find(text)
	return s.press(fmt.Sprintf("%s[<65;%d;%dM", escape, x+1, y+1), want...)
}

// The mouse in a whole program: it focuses, chooses, opens what is chosen, and scrolls what is under it.
func TestMouse(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childMouse+"=1")
	s.Wait("> no-oob")
	s.click("> no-oob", ">1 Patch no-oob").press(escape, ">1 Patches")
	s.press(take, "[ WATCHING ]", ">2 Functions")
	s.press("a", "[____]").click("Arm no-oob", "[____]").press("-oob", "y: yes").press("y", "[ STUCK ]")
	s.click("3 Holders", ">3 Holders", "+ 8 x").click("8 x", "- 8 x", "> - 8 x")
	s.click("consumer/6", ">     consumer/6").click("consumer/6", "innermost first")
	s.press(escape).lacks("innermost first") // also lest the wheel's bytes are taken for the escape's
	s.turn("consumer/7      157").lacks(">     consumer/6")
	s.click("4 Log", ">4 Log")
	s.press(":", "Actions").click("retry: what", "retry: what").click("retry: what", "again, on the same terms?")
	s.press(escape, noAnswer)
	s.press("q", "Quit? no-oob is armed").press("y")
	s.EndsWell()
	if got, want := s.requests(), "open no-oob\narm apply\nclose\n"; got != want {
		t.Errorf("it was asked for %q, want %q", got, want)
	}
}

// A click in the timeline of a recording seeks there; where it has no room, a click on the bar does.
func TestMouseSeeks(t *testing.T) {
	s := startTerminal(t, stuck, 120, 40, childReplay+"=1", childMouse+"=1")
	s.Wait("> no-oob")
	s.press(take, "event 1 of", "Timeline of 22 s:")
	_, y := s.find("0 ┃")
	s.press("p", "PAUSED").clickAt(gutter+2+80, y, "Recording: 0:1")
	s.clickAt(gutter+2, y, "Recording: 0:00 of 0:22")
	s.clickAt(117, y, "0:22 of 0:22", ", the end")
	s.Resize(80, 24)
	x, y := s.find("[━")
	s.clickAt(x+1, y, "Recording: 0:00 of 0:22")
}
