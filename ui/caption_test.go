// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// Every state has its caption, which is whole on every screen. The golden file of a size has them all.
func TestCaptions(t *testing.T) {
	var want, got []string
	for _, c := range slices.Concat(askedCaptions, openCaptions, liveCaptions) {
		want = append(want, c.state)
	}
	for _, c := range captionStates {
		got = append(got, c.state)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("not every caption has one state here (-tables +here):\n%s", diff)
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			var b strings.Builder
			for _, c := range captionStates {
				m := c.at(t, size.w, size.h, Options{})
				if state := m.caption().state; state != c.state {
					t.Errorf("the caption is that of %s, want %s", state, c.state)
				}
				fmt.Fprintf(&b, "%s\n%s\n", c.state, strings.Join(captionOn(t, m), "\n"))
			}
			golden(t, fmt.Sprintf("captions-%dx%d", size.w, size.h), b.String())
		})
	}
}

// captionOn returns the caption that a console's screen ends with, and checks that it is whole.
func captionOn(t *testing.T, m *Model) []string {
	t.Helper()
	lines := strings.Split(ansi.Strip(m.View().Content), "\n")
	if len(lines) != m.height {
		t.Errorf("%d lines on a screen of %d", len(lines), m.height)
	}
	lines = lines[len(lines)-m.captionHeight():]
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	text, c, words := strings.Join(lines, "\n"), m.caption(), m.captionWords()
	want := []string{c.short, c.press}
	if m.captionHeight() == 2 {
		want = []string{c.seen, c.next}
	}
	for _, w := range want {
		if w = ansi.Strip(words.Replace(w)); !strings.Contains(text, w) || w == "" || strings.Contains(w, "{") {
			t.Errorf("%s at %dx%d: not all of %q is in\n%s", c.state, m.width, m.height, w, text)
		}
	}
	return lines
}

// A caption is whole with the longest names too, wherever it has that many lines.
func TestCaptionsFitWithLongNames(t *testing.T) {
	m := screenAt(t, stuck, atStuck, 80, 24, Options{Captions: true})
	s := m.live.Sample
	s.Holders = slices.Clone(s.Holders)
	s.Holders[0].Comm = strings.Repeat("W", 40)
	m.Update(eventsMsg{id: m.opID, events: []session.Event{s}})
	words := m.captionWords()
	for _, c := range append(slices.Concat(askedCaptions, openCaptions, liveCaptions), playedCaption, lookCaption) {
		for text, room := range map[string]int{c.seen: 78, c.next: 78, c.short + " " + c.press: 58} {
			if text = words.Replace(text); ansi.StringWidth(text) > room {
				t.Errorf("%s: %d columns, and there are %d: %s", c.state, ansi.StringWidth(text), room, ansi.Strip(text))
			}
		}
	}
}

// The key takes the captions off the screen and puts them back; the palette does too.
func TestCaptionKey(t *testing.T) {
	for _, size := range sizes {
		m := screenAt(t, easy, atWatch, size.w, size.h, Options{Captions: true})
		plain := screenAt(t, easy, atWatch, size.w, size.h, Options{})
		with, without := m.View().Content, plain.View().Content
		press(m, "c")
		if !strings.Contains(m.notice.text, "c shows them again") {
			t.Errorf("it says %q", m.notice.text)
		}
		m.notice = notice{}
		m.arrange()
		if got := m.View().Content; got != without {
			t.Errorf("without captions the screen is\n%s\nwant\n%s", got, without)
		}
		press(m, append([]string{":"}, typed("captions")...)...)
		if press(m, "enter"); m.View().Content != with {
			t.Errorf("with captions again the screen is\n%s\nwant\n%s", m.View().Content, with)
		}
	}
}

// Whatever a recording has done so far, the caption is one that fits the badge.
func TestCaptionsSayWhatTheBadgeSays(t *testing.T) {
	waits := []string{"switched", "safe-point", "attempted", "nudged", "waits-auto", "waits", "armed"}
	fits := map[session.Phase][]string{
		session.PhaseWatching: {"no-sample", "doubt", "watching-held", "watching"},
		session.PhaseArmed:    waits, session.PhaseReverting: waits, session.PhaseSafePoint: waits,
		session.PhaseAttempting: waits,
		session.PhaseApplied:    {"zero-applied", "answers", "applied"},
		session.PhaseReverted:   {"zero-reverted", "reverted"},
		session.PhaseStuck:      {"stuck", "stuck-nobody", "stuck-deaf"},
		session.PhaseAborted:    {"aborted"},
	}
	for _, file := range []string{easy, stuck, aborted, receipt, "recorded-card.jsonl"} {
		m := screenAt(t, file, stoppedAt{session.KindStarted, 1, 0}, 80, 24, Options{Captions: true})
		for i, event := range allRecorded(t, file)[1:] {
			m.Update(eventsMsg{id: m.opID, events: []session.Event{event}})
			if state := m.caption().state; !slices.Contains(fits[m.live.Phase], state) {
				t.Errorf("%s, event %d: the caption is %s where the badge says %s", file, i+2, state, m.live.Phase)
			}
		}
	}
}

// Where nothing can be changed no caption names a key that would.
func TestCaptionsOfAReadOnlyConsole(t *testing.T) {
	m := screenAt(t, easy, atWatch, 120, 40, Options{Captions: true, ReadOnly: true})
	if got := captionOn(t, m)[1]; !strings.Contains(got, "Nothing can be changed from here") {
		t.Errorf("next is %q", got)
	}
}

// A sample that changes no state changes no caption: it costs nothing on a line.
func TestCaptionsStandStill(t *testing.T) {
	for _, at := range []stoppedAt{{session.KindSampled, 8, 0}, {session.KindArmed, 1, 2}, atStuck} {
		m := screenAt(t, stuck, at, 120, 40, Options{Captions: true})
		want, s := m.captionLines(), m.live.Sample
		for i := range 20 {
			s = nextSample(s, i)
			m.Update(eventsMsg{id: m.opID, events: []session.Event{s}})
			if diff := cmp.Diff(want, m.captionLines()); diff != "" {
				t.Errorf("after %v and %d samples:\n%s", at, i+1, diff)
			}
		}
	}
}

// The whole story in a whole program: each caption names the key that is pressed next.
func TestCaptionsLeadThroughTheStory(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childCaption+"=1")
	s.Wait("The patches: each replaces functions", "enter shows what a patch is")
	s.press(enter, "enter: play it. d goes to its diff")
	s.press(enter, "a arms the patch: it switches when nobody is inside")
	s.press("a", "Type the last characters of the patch's name, -oob")
	s.press("-oob", "y arms the patch; any other key means no.")
	s.press("y", "Stuck: consumer/7 keeps it waiting. Nothing has changed.", "n wakes it and tries again.")
	s.press("c", "The captions are off").lacks("Nothing has changed.")
	s.press("c", "n wakes it and tries again.")
	s.press("r", "y means yes").press("y", "ARMED", "n wakes who is inside; x takes the arming back.")
	s.press("n", "w wakes them, as a signal would").press("f", "y means yes").press("y", "[ APPLIED ]")
	s.Wait("v takes it back")
	s.Keys("q")
	s.EndsWell()
}

// A key that a caption names stands in the line of what is next, in the key line, or in the question: one key has one
// name on the screen. Up and down are no more than the arrows.
func TestCaptionsNameKeysOfTheScreen(t *testing.T) {
	named := regexp.MustCompile(`\{([a-z]+)\}`)
	spaced := strings.NewReplacer(":", " : ", "\n", " ")
	for _, c := range append(slices.Clone(captionStates), captioned{state: "a recording"}) {
		m := replayed(t, 120, 40, Options{Captions: true})
		if c.file != "" {
			m = c.at(t, 120, 40, Options{})
		}
		caption, words := m.caption(), m.captionWords()
		shown := m.nextLine() + " " + m.keyLine()
		if m.dialog != nil {
			shown += " " + strings.Join(m.dialog.Lines(m.skin), " ")
		}
		shown = " " + spaced.Replace(ansi.Strip(shown)) + " "
		for _, word := range named.FindAllStringSubmatch(caption.next+" "+caption.press, -1) {
			if slices.Contains([]string{"who", "letters", "entered", "up", "down"}, word[1]) {
				continue
			}
			if press := ansi.Strip(words.Replace(word[0])); !strings.Contains(shown, " "+press+" ") {
				t.Errorf("%s: the caption names %q, which stands nowhere in %q", c.state, press, shown)
			}
		}
	}
}
