// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// The keys zoom and scroll, and find the way back to the present.
func TestStripMoves(t *testing.T) {
	tl := timeline{start: fixedClock(), last: 7 * time.Minute}
	at := stripTime{timeline: &tl, now: tl.last, cols: 80}
	var s strip
	for _, c := range []struct {
		keys       string
		from, span time.Duration
	}{
		{"", 0, 8 * time.Minute},
		{"-", 0, 8 * time.Minute},
		{"+", 4 * time.Minute, 4 * time.Minute},
		{"++", 6 * time.Minute, 2 * time.Minute},
		{"++++++++", 405 * time.Second, 30 * time.Second}, // no closer than samples are
		{"++<", 5 * time.Minute, 2 * time.Minute},
		{"++<<", 4 * time.Minute, 2 * time.Minute},
		{"++<<>>", 6 * time.Minute, 2 * time.Minute},
		{"++<<<<<<<<<<<<", 0, 2 * time.Minute},
		{"++<<-", 3 * time.Minute, 4 * time.Minute}, // the middle stays
		{"++<<--", 0, 8 * time.Minute},
	} {
		s = strip{}
		for _, k := range c.keys {
			switch k {
			case '+':
				s.move(at, 1, 0)
			case '-':
				s.move(at, -1, 0)
			case '<':
				s.move(at, 0, -1)
			case '>':
				s.move(at, 0, 1)
			}
		}
		if from, span := s.span(at); from != c.from || span != c.span {
			t.Errorf("%q: %v from %v on, want %v from %v on", c.keys, span, from, c.span, c.from)
		}
	}
	s = strip{zoom: 3} // it follows the present
	for at.now = 0; at.now < time.Hour; at.now += time.Second {
		if from, span := s.span(at); at.now < from || at.now >= from+span {
			t.Fatalf("%v from %v on does not show %v", span, from, at.now)
		}
	}
}

// The timeline is whole without Unicode and in a recording, at each size.
func TestTimelineInASCIIAndRecordings(t *testing.T) {
	for _, size := range sizes {
		m := screenAt(t, receipt, stoppedAt{session.KindSampled, 30, 0}, size.w, size.h, Options{ASCII: true})
		press(m, "+")
		screen := ansi.Strip(m.View().Content)
		checkShape(t, screen, size.w, size.h)
		golden(t, fmt.Sprintf("timeline-ascii-%dx%d", size.w, size.h), screen+"\n")
		m = replayed(t, size.w, size.h, Options{})
		press(m, "+")
		screen = ansi.Strip(m.View().Content)
		checkShape(t, screen, size.w, size.h)
		golden(t, fmt.Sprintf("timeline-replay-%dx%d", size.w, size.h), screen+"\n")
	}
}

// A deadline is ahead on the timeline, but one that is far ahead does not squeeze the past.
func TestStripShowsTheDeadline(t *testing.T) {
	for timeout, want := range map[time.Duration]string{
		0: "", 1500 * time.Millisecond: "┃ deadline", 6 * time.Hour: "deadline 08:48:13 >",
	} {
		m := screenAt(t, aborted, stoppedAt{session.KindArmed, 1, 2}, 120, 40, Options{})
		m.live.Armed.Timeout = timeout
		screen := m.View().Content
		if !strings.Contains(screen, want) || want == "" && strings.Contains(screen, "deadline ") {
			t.Errorf("a timeout of %v is shown as:\n%s", timeout, screen)
		}
	}
}

// On a small screen the keys bring the timeline, and escape takes it away again.
func TestTimelineAtATerminal(t *testing.T) {
	s := watchingStuck(t)
	s.lacks("Timeline")
	s.press("+", "Timeline of ", "+ - zoom").lacks("4 Log")
	s.press("3", ">3 Holders", "Timeline")
	s.press(enter, "innermost first").lacks("Timeline")
	s.press("+", "The timeline is hidden: esc shows it.")
	s.press(escape, "Timeline of ")
	s.press(escape, "4 Log").lacks("Timeline")
}

// In a recording the timeline is the bar one seeks in: it shows all of it, and what is played of it.
func TestSeekOnTheTimeline(t *testing.T) {
	s := startTerminal(t, stuck, 120, 40, childReplay+"=1")
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("event 1 of", "Timeline of 22 s:", "! stuck", "● applied", "0 ┃───")
	s.press("p", "PAUSED")
	for _, k := range []string{">", ">", "<", ">"} {
		tryJump(s, map[string]string{">": "right", "<": "left"}[k], k)
	}
	s.press("+", "Timeline of 11 s in 22 s:")
	s.press("-", "Timeline of 22 s:")
}
