// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	armedLine = `{"event":"armed","time":"2026-05-01T10:00:01Z","patch":"no-oob",` +
		`"direction":"apply","strategy":"safepoint","timeout_ns":0}` + "\n"
	abortedLine = `{"event":"aborted","time":"2026-05-01T10:00:02Z","patch":"no-oob","reason":"taken back"}` + "\n"
	notedLine   = `{"event":"started","time":"2026-05-01T10:00:03Z","patch":"no-oob",` +
		`"note":"the last console ended while no-oob was armed to apply"}` + "\n"
	startLine = `{"event":"started","time":"2026-05-01T10:00:03Z","patch":"no-oob","note":"no BTF"}` + "\n"
)

// open opens a journal with that text in it. It returns the note, and the text of the journal afterwards.
func open(t *testing.T, text string) (note, after string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dir", "journal.jsonl")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &operation{m: &Machine{opts: MachineOptions{Journal: path}}}
	note = o.openJournal()
	if o.file == nil {
		t.Fatalf("the journal was not opened: %s", note)
	}
	o.file.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return note, string(data)
}

func TestUnfinished(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		noted bool
	}{
		"nothing":                               {"", false},
		"armed and never ended":                 {armedLine, true},
		"ended":                                 {armedLine + abortedLine, false},
		"armed again":                           {armedLine + abortedLine + armedLine, true},
		"noted already":                         {armedLine + notedLine, false},
		"another start noted something else":    {armedLine + startLine, true},
		"a damaged line before":                 {"{\"event\":\n" + armedLine, true},
		"a damaged line after":                  {armedLine + "{\"event\":\n", true},
		"a damaged line between it and its end": {armedLine + "noise\n" + abortedLine, false},
	} {
		t.Run(name, func(t *testing.T) {
			note, _ := open(t, tt.text)
			if strings.Contains(note, "while no-oob was armed") != tt.noted {
				t.Errorf("got the note %q, want one on the arming: %v", note, tt.noted)
			}
		})
	}
}

func TestCutLine(t *testing.T) {
	if _, after := open(t, abortedLine+`{"event":"arm`); after != abortedLine+`{"event":"arm`+"\n" {
		t.Errorf("a line without its end did not get one:\n%s", after)
	}
	if _, after := open(t, abortedLine); after != abortedLine {
		t.Errorf("a whole journal was changed:\n%s", after)
	}
}

func TestNoJournal(t *testing.T) {
	o := &operation{m: &Machine{opts: MachineOptions{Journal: "/proc/none/journal.jsonl"}}}
	if note := o.openJournal(); !strings.HasPrefix(note, "no journal is kept: ") {
		t.Errorf("got the note %q for a journal that cannot be written", note)
	}
}
