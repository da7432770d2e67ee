// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

func TestDiffLines(t *testing.T) {
	lines, stat := diffLines(session.Escaped(aDiff), false)
	if want := (diffStat{files: 2, added: 4, removed: 3}); stat != want {
		t.Errorf("it changes %v, want %v", stat, want)
	}
	kinds := map[lineKind]string{linePlain: " ", lineHead: "H", lineHunk: "@", lineAdded: "+", lineRemoved: "-"}
	got := ""
	for _, l := range lines {
		got += kinds[l.kind]
		if strings.ContainsAny(l.text, "\t\x1b\n\u202e") {
			t.Errorf("%q has a tab, or what steers a terminal", l.text)
		}
	}
	if want := "    HH@  + --+ -+  HHH@ + "; got != want {
		t.Errorf("its lines are\n%q, want\n%q", got, want)
	}
}

func TestUntabbed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"\t", "        "}, {"+\tx", "+       x"}, {"1234567\tx", "1234567 x"},
		{"12345678\tx", "12345678        x"},
		{"+ä\tx", "+ä      x"}, {"+\t\tx\ty", "+               x       y"},
	} {
		if got := untabbed(c.text, false); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.text, got, c.want)
		}
	}
}

// A search goes round in both directions, begins where one is, and counts.
func TestSearch(t *testing.T) {
	v := &textView{skin: skin{glyphs: asciiGlyphs}}
	for i := range 100 {
		v.lines = append(v.lines, textLine{text: fmt.Sprintf("Line %d", i)})
	}
	v.setSize(40, 10)
	v.scroll(30)
	s := search{from: v.at()}
	var got []string
	step := func(do func()) {
		do()
		got = append(got, fmt.Sprint(s.status(), " at ", v.at(), " from ", v.top))
	}
	step(func() { s.begin(v, "l") })
	step(func() { s.begin(v, "LINE 4") })
	step(func() { s.next(v, false) })
	step(func() { s.next(v, true) })
	step(func() { s.next(v, true) })
	step(func() { s.next(v, true) })
	step(func() { s.next(v, false) })
	step(func() { s.begin(v, "line 400") })
	want := []string{"31 of 100 at 30 from 30", "2 of 11 at 40 from 37", "3 of 11 at 41 from 37", "2 of 11 at 40 from 37",
		"1 of 11 at 4 from 1", "11 of 11 at 49 from 46", "1 of 11 at 4 from 1", "found nowhere at 4 from 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// longPage returns the page of a patch with a diff of so many lines, searched, wrapped and at its end.
func longPage(t *testing.T, lines int) *Model {
	t.Helper()
	var diff strings.Builder
	fmt.Fprintf(&diff, "--- a/x.c\n+++ b/x.c\n@@ -1,0 +1,%d @@\n", lines)
	for i := range lines {
		fmt.Fprintf(&diff, "+\tx = %d; %s\n", i, strings.Repeat("y", i%200))
	}
	about := asFix()
	about.Diff = diff.String()
	return describedPatch(t, describing{about: about}, false, 200, 60, Options{}, sought("x = 9", "w", "G")...)
}

// A long diff costs no more to draw than a short one: only the rows on the screen are drawn.
func TestLongDiffIsQuick(t *testing.T) {
	short, long := longPage(t, 1000), longPage(t, 10000)
	if got := long.search.of; got != 1111 {
		t.Errorf("found %d times, want 1111", got)
	}
	for _, k := range []string{"*", "#", "k", "pgup"} {
		cost := func(m *Model) float64 {
			return testing.AllocsPerRun(5, func() {
				press(m, k)
				_ = m.View()
			})
		}
		if a, b := cost(short), cost(long); b > a*3/2 {
			t.Errorf("%s allocates %.0f times in 1,000 lines, and %.0f times in 10,000", k, a, b)
		}
	}
}

// Whatever is in a diff or a description, nothing of it steers the terminal.
func TestPageCannotControlTheTerminal(t *testing.T) {
	const evil = "x\x1b[2J\u009b2J\ny\r"
	about := session.About{Title: evil, Severity: evil, References: []string{evil}, Kernel: evil, BuildID: evil,
		Functions: []session.AboutFunction{{Name: evil, Object: evil, Refusals: []string{evil}, Uncounted: evil}},
		Refusals:  []string{evil}, Uncounted: []string{evil}, Stays: []string{evil}, Author: evil, Builder: evil, Sum: evil,
		Signed: true, Signer: evil, DiffSum: evil, Diff: "@@ -1 +1,2 @@\n+" + evil + "\n" + evil}
	for _, keys := range [][]string{nil, {"G"}, {"w", "G"}, {"G", "right"}, sought("x")} {
		m := describedPatch(t, describing{about: about}, false, 80, 24, Options{}, keys...)
		screen := m.View().Content
		checkShape(t, screen, 80, 24)
		if strings.Contains(screen, "\x1b[2J") || strings.ContainsAny(screen, "\r\u009b") {
			t.Errorf("after %q something steers the terminal: %q", keys, screen)
		}
	}
}

// What the page is left by leads back to where it was opened from.
func TestPageLeadsBack(t *testing.T) {
	for pane := range paneFixes {
		m := describedPatch(t, describing{about: asFix()}, true, 120, 40, Options{})
		press(m, "esc", string(rune('1'+pane)), "j")
		press(m, "d")
		if !m.pageOpen() {
			t.Fatalf("d in pane %d opens no page", pane+1)
		}
		press(m, "*", "x", "enter", "esc")
		if !m.pageOpen() || m.search.active() {
			t.Errorf("the first esc ends the search: page open %v, search %q", m.pageOpen(), m.search.text)
		}
		if press(m, "esc"); m.zoomed || m.focus != pane {
			t.Errorf("from pane %d it leads to pane %d, zoomed %v", pane+1, m.focus+1, m.zoomed)
		}
	}
}

// enter on the page of another patch is refused while one is armed; the page stays.
func TestPageWhileArmed(t *testing.T) {
	m := screenAt(t, aborted, stoppedAt{session.KindArmed, 1, 2}, 80, 24, Options{})
	press(m, "d", "enter")
	if !m.pageOpen() || !strings.Contains(ansi.Strip(m.View().Content), "is armed: x aborts that first") {
		t.Errorf("it shows\n%s", ansi.Strip(m.View().Content))
	}
}
