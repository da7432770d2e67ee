// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/session"
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
	note, err := o.openJournal()
	if o.journal.file == nil {
		t.Fatalf("the journal was not opened: %s, %v", note, err)
	}
	o.journal.close()
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
	if note, err := o.openJournal(); err != nil || !strings.HasPrefix(note, "no journal is kept: ") {
		t.Errorf("got the note %q for a journal that cannot be written, and %v", note, err)
	}
}

// TestJournalIsNoFile refuses at once what is no regular file; it waits for no other end of a pipe.
func TestJournalIsNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{pipe: "a pipe", "/dev/null": "a device", t.TempDir(): "a directory"} {
		o := &operation{m: &Machine{opts: MachineOptions{Journal: path}}}
		_, err := o.openJournal()
		var refused *session.Refusal
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, path+" is "+kind) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestJournalIsFull has a disk fill up and empty again: the loss is reported, and stands in the journal.
func TestJournalIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	aborted := session.Aborted{Head: session.Head{Kind: session.KindAborted, Patch: "p"}, Reason: "why"}
	j := journal{file: full}
	for range 2 {
		if err := j.keep(aborted); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("a full disk is no error: %v", err)
		}
	}
	j.file = file
	for range 2 {
		if err := j.keep(aborted); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 5 || lines[0] != "" || !strings.Contains(lines[1], `"text":"2 events before this one could not`) ||
		!strings.Contains(lines[2], `"event":"aborted"`) || lines[2] != lines[3] {
		t.Errorf("the journal is\n%s", text)
	}
}

// TestLossIsNoted emits an event where the disk is full: a note precedes it, once.
func TestLossIsNoted(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	o := &operation{p: &patchset.Patch{Name: "p"}, events: make(chan session.Event, 9), journal: journal{file: full}}
	for range 2 {
		o.emit(session.Aborted{Head: o.head(session.KindAborted)})
	}
	close(o.events)
	var kinds []session.Kind
	for e := range o.events {
		kinds = append(kinds, e.Header().Kind)
		if n, ok := e.(session.Noted); ok && !strings.Contains(n.Text, "no space left on device") {
			t.Errorf("the note says %q", n.Text)
		}
	}
	if len(kinds) != 3 || kinds[0] != session.KindNoted || kinds[2] != session.KindAborted {
		t.Errorf("the events are %q", kinds)
	}
}
