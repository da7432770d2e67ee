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

// total returns how many events a recording has, in the words of the position line.
func total(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(" of %d", bytes.Count(data, []byte("\n")))
}

func TestRecordingIsPausedSteppedAndSkipped(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childReplay+"=1")
	of := total(t, stuck)
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("event 1"+of, "READ-ONLY")
	s.Keys(".")
	s.Wait("event 2"+of, "PAUSED")
	s.Keys("p")
	s.WaitUntil("the playing to go on", func() bool { return !strings.Contains(s.Text(), "PAUSED") })
	s.Keys("]")
	s.Wait("[ ARMED ]")
	s.Keys("q") // a recording arms nothing
	s.EndsWell()
}

func TestRecordingGoesBackFromItsEnd(t *testing.T) {
	s := startTerminal(t, stuck, 80, 24, childReplay+"=1")
	s.Wait("> no-oob")
	s.Keys(take)
	s.Wait("event 1 of")
	for range 3 {
		s.Keys("]")
	}
	s.Wait("[ STUCK ]")
	s.Keys("[[")
	s.Wait("[ ARMED ]")
	s.Keys(strings.Repeat("]", 20)) // more keys than there are entries: retried, nudged, attempts, applied
	s.Wait("[ APPLIED ]")
	s.Keys(strings.Repeat(escape+"[C", 20)) // the right arrow
	s.Wait(", the end")
	s.Keys(escape + "[D")
	s.WaitUntil("the playing to go back", func() bool { return !strings.Contains(s.Text(), ", the end") })
	s.Keys("a")
	s.Wait("nothing can be changed in it")
}

// However long the recording and however odd the speed, the position line fits.
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

// In a recording, every refusal says that it is a recording, whatever else forbids a change.
func TestRefusalsInARecordingSaySo(t *testing.T) {
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

// replayed returns a read-only console with a recording in hand, like that of spotos replay.
func replayed(t *testing.T, w, h int, opts Options) *Model {
	t.Helper()
	opts.ReadOnly = true
	m := screenAt(t, stuck, stoppedAt{session.KindStuck, 1, 1}, w, h, opts)
	op, err := m.console.(switchable).Recording.Open(t.Context(), "no-oob", session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	m.op = op
	m.recorded = recordedTimeline(m.player())
	m.position = session.Position{At: 10 * time.Second, Length: m.recorded.last, Event: 24, Events: 44, Speed: 1}
	m.Update(nil)
	return m
}

// An export is the recording so far, and can be played.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	s := startTerminal(t, easy, 120, 40, childExports+"="+dir)
	s.Wait("> no-oob")
	s.Keys("e")
	s.Wait("No patch chosen")
	s.Keys(take)
	s.Wait("[ WATCHING ]")
	s.Keys("a")
	s.Wait("[____]")
	s.Keys("-ooby")
	s.Wait("[ APPLIED ]")
	s.Keys("e")
	s.Wait("Written to "+dir, "spotos replay")
	s.Keys("q")
	s.End()
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
		t.Errorf("the export is not the recording so far:\n%s", got)
	}
}

// A second export in the same second does not overwrite the first, and the error is shown.
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

// However small the screen, every frame of a stack can be scrolled to, and so can the card above it.
func TestStackScrolls(t *testing.T) {
	m := screenAt(t, stuck, stoppedAt{session.KindAttempt, 1, 0}, 60, 16, Options{})
	press(m, "3", "enter")
	frames := m.live.Sample.Holders[0].Stack
	last := frames[len(frames)-1]
	if screen := m.View().Content; strings.Contains(screen, last) || !strings.Contains(screen, "(pgup, pgdn)") {
		t.Fatalf("the stack is too short to be scrolled:\n%s", screen)
	}
	seen := map[string]bool{}
	for range 3 * len(frames) {
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
	for range 3 * len(frames) {
		press(m, "pgup")
	}
	if screen := m.View().Content; !strings.Contains(screen, "WHO") {
		t.Errorf("there is no way back to the card:\n%s", screen)
	}
}
