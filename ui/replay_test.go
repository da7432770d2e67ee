// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

// total is how many events a recording has, in the words of the line that says where it is.
func total(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(" of %d", bytes.Count(data, []byte("\n")))
}

func TestRecordingIsPausedSteppedAndSoughtIn(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childReplay+"=1")
	of := total(t, stuck)
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("event 1"+of, "READ-ONLY")
	s.keys(".")
	s.wait("event 2"+of, "PAUSED")
	s.keys("p")
	s.waitUntil("the playing to go on", func() bool { return !strings.Contains(s.text(), "PAUSED") })
	s.keys("]")
	s.wait("[ ARMED ]")
	s.keys("q") // nothing is armed by watching
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.restored()
}

func TestRecordingIsPlayedFromTheEndAgain(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childReplay+"=1")
	s.wait("> no-oob")
	s.keys(enter)
	s.wait("event 1 of")
	for range 3 {
		s.keys("]")
	}
	s.wait("[ STUCK ]")
	s.keys("[[")
	s.wait("[ ARMED ]")
	s.keys(strings.Repeat("]", 20)) // retried, nudged, attempts, applied, and no further
	s.wait("[ APPLIED ]")
	s.keys(strings.Repeat(escape+"[C", 20)) // the right arrow
	s.wait(", the end")
	s.keys(escape + "[D")
	s.waitUntil("the playing to go back", func() bool { return !strings.Contains(s.text(), ", the end") })
	s.keys("a")
	s.wait("nothing can be changed in it")
}

// However long the recording and however odd the speed, the line that says where it is can be drawn.
func TestPositionLineFits(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 60, 16, Options{})
	for _, p := range []session.Position{
		{}, {Event: 1, Events: 1, Speed: 1},
		{At: time.Second, Length: 10 * time.Second, Event: 2, Events: 20, Speed: 1},
		{At: 119 * time.Minute, Length: 120 * time.Minute, Event: 14500, Events: 14523, Speed: 1},
		{At: 120 * time.Minute, Length: 120 * time.Minute, Event: 14523, Events: 14523},
		{At: 119 * time.Minute, Length: 120 * time.Minute, Event: 14500, Events: 14523, Speed: 1.23456789012345e-5},
		{At: 200 * time.Hour, Length: 200 * time.Hour, Event: 1234567, Events: 12345678, Speed: 2},
	} {
		for w := leastWidth; w <= 200; w++ {
			m.width, m.position = w, p
			line := ansi.Strip(m.positionLine())
			if got := ansi.StringWidth(line); got > w && p.Events < 1e6 {
				t.Errorf("%d columns wide on a screen of %d: %q", got, w, line)
			}
			if bar := strings.Index(line, "["); bar > 0 && !strings.HasSuffix(line, "]") {
				t.Errorf("the bar has no end: %q", line)
			}
		}
	}
}

// Whatever else forbids to change something: in a recording it is that it is one.
func TestRecordingSaysThatItIsOne(t *testing.T) {
	m := replayed(t, 80, 24, Options{})
	for _, k := range []string{"a", "x", "n", "v", "!"} {
		if press(m, k); m.dialog != nil || !strings.Contains(m.notice.text, "This is a recording") {
			t.Errorf("%s: question %v, notice %q", k, m.dialog, m.notice.text)
		}
	}
	if press(m, "?"); strings.Contains(m.View().Content, "shell") {
		t.Errorf("the help page offers a shell:\n%s", m.View().Content)
	}
}

// replayed is a read-only console with a recording in hand, as spotos replay opens it.
func replayed(t *testing.T, w, h int, opts Options) *Model {
	t.Helper()
	opts.ReadOnly = true
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, opts)
	op, err := m.console.(switchable).Recording.Open(t.Context(), "no-oob")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	m.op = op
	m.position = session.Position{At: 10 * time.Second, Length: 18 * time.Second, Event: 24, Events: 44, Speed: 1}
	m.Update(nil)
	return m
}

// What is exported is the recording so far, as it can be played.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	s := startTerminal(t, easy, 120, 40, childExports+"="+dir)
	s.wait("> no-oob")
	s.keys("e")
	s.wait("No patch in hand")
	s.keys(enter)
	s.wait("[ WATCHING ]")
	s.keys("a")
	s.wait("[____]")
	s.keys("-ooby")
	s.wait("[ APPLIED ]")
	s.keys("e")
	s.wait("Written to "+dir, "spotos replay")
	s.keys("q")
	s.end()
	files, err := filepath.Glob(filepath.Join(dir, "spotos-no-oob-*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("exported: %v, %v", files, err)
	}
	got, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join("testdata", easy))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(whole, got) || !bytes.Contains(got, []byte(`"event":"applied"`)) {
		t.Errorf("what was exported is not the recording so far:\n%s", got)
	}
}

// A second export in the same second does not write over the first, and what an error says is shown.
func TestExportOverwritesNothing(t *testing.T) {
	m, _ := cuedModel(t, easy, stoppedAt{session.KindSampled, 4, 0})
	m.Update(m.export()())
	if !strings.Contains(m.notice.text, "Written to") {
		t.Fatal(m.notice.text)
	}
	if m.Update(m.export()()); !strings.Contains(m.View().Content, "Error: exporting: open") {
		t.Errorf("the second export says %q", m.notice.text)
	}
}

func TestExportIsBounded(t *testing.T) {
	_, sample := fullScreen(t)
	var r recording
	r.add(session.Started{})
	for before := -1; r.size > before; {
		before = r.size
		r.add(sample)
	}
	if r.size > exportSize || r.size < exportSize/2 {
		t.Errorf("%d bytes are kept, want at most %d and not much less", r.size, exportSize)
	}
	if !bytes.HasPrefix(r.text(), []byte(`{"event":""`)) {
		t.Errorf("a recording begins with %.60q", r.text())
	}
}

// However small the screen, every frame of a stack can be reached.
func TestStackScrolls(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, 60, 16, Options{})
	press(m, "3", "enter")
	frames := m.live.Sample.Holders[0].Stack
	last := frames[len(frames)-1]
	if screen := m.View().Content; strings.Contains(screen, last) || !strings.Contains(screen, "(pgup, pgdn)") {
		t.Fatalf("the stack is too short to be scrolled:\n%s", screen)
	}
	seen := map[string]bool{}
	for range frames {
		screen := m.View().Content
		for _, f := range frames {
			seen[f] = seen[f] || strings.Contains(screen, f)
		}
		press(m, "pgdn")
	}
	for _, f := range frames {
		if !seen[f] {
			t.Errorf("%s cannot be reached", f)
		}
	}
	for range frames {
		press(m, "pgup")
	}
	if screen := m.View().Content; !strings.Contains(screen, frames[0]) {
		t.Errorf("there is no way back to %s:\n%s", frames[0], screen)
	}
}
