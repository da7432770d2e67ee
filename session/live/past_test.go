// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spotos/session"
)

// TestPast reads what was done with a patch out of a journal: that patch's events alone, without their starts, the
// newer ones where a moment is given, and damaged lines passed over.
func TestPast(t *testing.T) {
	const other = `{"event":"armed","time":"2026-05-01T10:00:01Z","patch":"pair","direction":"apply"}` + "\n"
	lines := startLine + armedLine + "damaged\n" + other + abortedLine
	at := func(second int) time.Time { return time.Date(2026, 5, 1, 10, 0, second, 0, time.UTC) }
	// So much of another patch that the first reading does not reach the beginning.
	long := strings.Repeat(strings.Replace(other, "pair", strings.Repeat("x", 500), 1), pastFirst/500)
	for name, tt := range map[string]struct {
		text  string
		after time.Time
		want  string
	}{
		"nothing":           {"", time.Time{}, ""},
		"all":               {lines, time.Time{}, "armed aborted "},
		"a part":            {lines, at(1), "aborted "},
		"none is newer":     {lines, at(2), ""},
		"far from the end":  {lines + long, time.Time{}, "armed aborted "},
		"a line in writing": {lines + armedLine[:20], time.Time{}, "armed aborted "},
	} {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		past, err := (&Machine{opts: MachineOptions{Journal: path}}).Past(t.Context(), "no_oob", tt.after)
		got := ""
		for _, e := range past.Events {
			got += fmt.Sprint(e.Header().Kind, " ")
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
		if past.Booted.IsZero() || past.Booted.After(time.Now()) {
			t.Errorf("%s: booted %v", name, past.Booted)
		}
	}
}

// TestNoPast has no journal, one that was never written, and one that cannot be read.
func TestNoPast(t *testing.T) {
	for path, failed := range map[string]bool{"": false, filepath.Join(t.TempDir(), "none"): false, t.TempDir(): true} {
		past, err := (&Machine{opts: MachineOptions{Journal: path}}).Past(t.Context(), "pair", time.Time{})
		if len(past.Events) > 0 || (err != nil) != failed {
			t.Errorf("%q: %d events, %v", path, len(past.Events), err)
		}
	}
}

// TestPastBounded keeps only the latest of many events.
func TestPastBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	var text strings.Builder
	for i := range pastKept + 50 {
		fmt.Fprintf(&text, `{"event":"noted","time":"2026-05-01T10:%02d:%02dZ","patch":"pair","text":"%d"}`+"\n",
			i/60, i%60, i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	past, err := (&Machine{opts: MachineOptions{Journal: path}}).Past(t.Context(), "pair", time.Time{})
	if err != nil || len(past.Events) != pastKept {
		t.Fatalf("%d events, %v", len(past.Events), err)
	}
	if last := past.Events[pastKept-1].(session.Noted).Text; last != fmt.Sprint(pastKept+49) {
		t.Errorf("the last is number %s", last)
	}
}
