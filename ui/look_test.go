// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// trouble is what may be drawn in the colour that means bad, by a part of its text; ofTrouble are views that are about
// nothing else, or about a diff, whose lines that are taken away are red everywhere.
var (
	trouble = []string{"STUCK", "stuck", "FAILED", "failed", "refused", "NOT RUNNING", "Error", "unavailable",
		"not how it ends"}
	ofTrouble = []string{"page", "patches-described", "patches-trouble", "fixes-refused", "fixes-no-tools"}
)

// What is merely busy is never red: in no view, pane or size.
func TestRedIsForTroubleOnly(t *testing.T) {
	sk, err := newStyles("dark")
	if err != nil {
		t.Fatal(err)
	}
	begin := func(render styleOf) string { before, _, _ := strings.Cut(render("x"), "x"); return before }
	red := []string{begin(sk.Bad.Render), begin(sk.BadBadge.Render), begin(sk.Removed.Render)}
	for _, v := range allViews() {
		if containsOne(v.name, ofTrouble) {
			continue
		}
		for _, size := range sizes {
			screen := v.at(t, size.w, size.h, Options{Theme: "dark"}).View().Content
			for _, style := range red {
				for i, part := range strings.Split(screen, style) {
					text, _, _ := strings.Cut(part, "\x1b")
					if i > 0 && !containsOne(text, trouble) && !strings.Contains("! ", strings.TrimSpace(text)) {
						t.Errorf("%s-%dx%d: %q is red", v.name, size.w, size.h, text)
					}
				}
			}
		}
	}
}

func containsOne(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// The history goes from dim to bright; a zero is good, and a call that stays too long stands out.
func TestHistoryRamp(t *testing.T) {
	for _, theme := range Themes() {
		st, err := newStyles(theme)
		if err != nil {
			t.Fatal(err)
		}
		sk := skin{st, unicodeGlyphs}
		want := st.Good.Render("·") + st.Heat[0].Render("▁▃") + st.Heat[1].Render("▄▆") + st.Heat[2].Render("▇") +
			st.Warn.Render("█") + "  "
		if got := sk.hot("·▁▃▄▆▇█  ", []bool{false, false, false, false, false, false, true}); got != want {
			t.Errorf("%s: %q, want %q", theme, got, want)
		}
	}
	h := history{}
	sample := session.FunctionSample{Count: 1, Timed: 5, P99: time.Second, LongestNow: lateTimes * time.Second}
	h.add(time.Time{}, sample)
	sample.LongestNow++
	h.add(time.Time{}, sample)
	sample.Count = 0
	h.add(time.Time{}, sample)
	if _, late := h.last(3); late[0] || !late[1] || late[2] {
		t.Errorf("late are %v, want the second alone", late)
	}
}

// The row under the cursor stands out over its whole width, and keeps its sign and its colours.
func TestSelectedRowStandsOut(t *testing.T) {
	for _, theme := range Themes() {
		for pane, keys := range map[int]string{panePatches: "1", paneDashboard: "2", paneHolders: "3", paneLog: "4"} {
			m := screenAt(t, stuck, stoppedAt{session.KindApplied, 1, 2}, 80, 24, Options{Theme: theme})
			press(m, keys)
			lines := m.table().view(m.skin.styles, m.skin.glyphs, true)
			begin, _, _ := strings.Cut(m.skin.Selected.Render("x"), "x")
			found := 0
			for _, line := range lines {
				if !strings.HasPrefix(line, begin) {
					continue
				}
				found++
				plain := ansi.Strip(line)
				rest := strings.ReplaceAll(strings.TrimSuffix(line, ansi.ResetStyle), ansi.ResetStyle+begin, "")
				if ansi.StringWidth(plain) != 80 || found == 1 && !strings.HasPrefix(plain, "> ") ||
					strings.Contains(rest, ansi.ResetStyle) {
					t.Errorf("%s, pane %d: %q", theme, pane, line)
				}
			}
			if found == 0 {
				t.Errorf("%s, pane %d: no row stands out:\n%s", theme, pane, strings.Join(lines, "\n"))
			}
		}
	}
}

// The zero of a moment says when it was, and what stands beside it of another time does so too; it goes, and the
// receipt stays.
func TestMomentIsNotNow(t *testing.T) {
	const moment = ": ● ALL ZERO"
	for _, size := range sizes {
		m := screenAt(t, receipt, stoppedAt{session.KindApplied, 1, 1}, size.w, size.h, Options{})
		screen := ansi.Strip(m.View().Content)
		for _, want := range []string{"at the switch, 17:55:00.016" + moment, " 0 zero ",
			"2 inside since the switch, at 17:55:00"} {
			if !strings.Contains(screen, want) {
				t.Errorf("%dx%d: there is no %q on\n%s", size.w, size.h, want, screen)
			}
		}
		events := allRecorded(t, receipt)
		for _, event := range events[len(recorded(t, receipt, stoppedAt{session.KindApplied, 1, 1})):] {
			m.Update(eventsMsg{id: m.opID, events: []session.Event{event}})
		}
		screen = ansi.Strip(m.View().Content)
		if zero := strings.TrimSpace(unicodeGlyphs.figure("0")[1]); strings.Contains(screen, moment) ||
			strings.Contains(screen, "   "+zero+"   ") {
			t.Errorf("%dx%d: the moment stays:\n%s", size.w, size.h, screen)
		}
		if size.h >= 24 && !strings.Contains(screen, "33 stacks clear; last inside, by a sample ") {
			t.Errorf("%dx%d: the receipt is gone:\n%s", size.w, size.h, screen)
		}
	}
}
