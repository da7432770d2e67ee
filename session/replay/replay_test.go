// SPDX-License-Identifier: GPL-2.0-only

package replay

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"spotos/session"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 11, 23, 14, 3, 0, 250e6, time.UTC)

// everyKind returns an event of each kind.
func everyKind() []session.Event {
	head := func(k session.Kind) session.Head { return session.Head{Kind: k, Time: at, Patch: "tcp-accept"} }
	holders := []session.Holder{{PID: 12, TGID: 11, Comm: "a \"task\"\n", State: "S", Function: "f", Since: 5,
		Before: true, Kthread: true, Doubt: "why", Stack: []string{"schedule+0x5e", "f+0x1"}}}
	return []session.Event{
		session.Started{Head: head(session.KindStarted), Host: "host", Kernel: "6.12", State: session.StateLoaded,
			Functions: []string{"f", "g"}, Note: "a note"},
		session.Sampled{Head: head(session.KindSampled), InFlight: 3, State: session.StateArmed,
			Functions: []session.FunctionSample{{Name: "f", Count: 3, Before: 1, Peak: 4, Calls: 1 << 63}},
			Holders:   holders, Total: 9},
		session.Armed{Head: head(session.KindArmed), Direction: session.Apply, Strategy: session.SafePointStrategy,
			Timeout: 3 * time.Second, Retry: true},
		session.SafePoint{Head: head(session.KindSafePoint), Count: 2},
		session.Attempted{Head: head(session.KindAttempt), Number: 1, Cause: "trigger", Switched: true,
			Window: 143 * time.Microsecond, Walked: 29, Total: 1, Holders: holders},
		session.Switched{Head: head(session.KindApplied), Attempts: 2, Wait: time.Second, Trigger: 52, Window: 143},
		session.Switched{Head: head(session.KindReverted), Attempts: 1, Wait: time.Second, Trigger: 52, Window: 143},
		session.Stuck{Head: head(session.KindStuck), Direction: session.Revert, Reason: "a < b & c",
			Holders: holders, Total: 1},
		session.Aborted{Head: head(session.KindAborted), Reason: "by the operator"},
		session.Nudged{Head: head(session.KindNudged), How: "freeze", PIDs: []int{1, 2},
			LeftOut: []string{"3: a kernel thread"}},
		session.Failed{Head: head(session.KindFailed), Reason: "owned by livepatch", Refused: true},
		session.Result{Head: head(session.KindResult), Outcome: session.OutcomeStuck, Strategy: session.RetryStrategy,
			Attempts: 3, SafePoints: 2, Holders: holders, Reason: "why"},
	}
}

// write writes a recording of events, and returns its file.
func write(t *testing.T, events ...session.Event) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.jsonl")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, e := range events {
		if err := session.NewEncoder(f).Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func TestReplayPlaysEachOperationOfTheFile(t *testing.T) {
	kinds := everyKind()
	second := session.Started{Head: session.Head{Kind: session.KindStarted, Time: at, Patch: "tcp-accept"},
		Host: "other", State: session.StateApplied, Functions: []string{"f"}}
	file := write(t, append(append([]session.Event{kinds[3]}, kinds...), second, kinds[8])...)
	replay, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := replay.Patches(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"tcp-accept", "tcp-accept #2"}, names); diff != "" {
		t.Errorf("patches (-want +got):\n%s", diff)
	}
	for name, want := range map[string][]session.Event{"tcp-accept": kinds, "tcp-accept #2": {second, kinds[8]}} {
		op, err := replay.Open(context.Background(), name, session.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []session.Event
		for range want {
			got = append(got, <-op.Events())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if err := op.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err = replay.Open(context.Background(), "nosuch", session.OpenOptions{})
	if err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("opening a patch that is not in it: %v", err)
	}
}

func TestReplayChangesNothing(t *testing.T) {
	replay, err := Open(write(t, everyKind()...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if replay.Capabilities().CanSwitch {
		t.Error("a recording says it can switch")
	}
	op, err := replay.Open(context.Background(), "tcp-accept", session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"arm": op.Arm(session.ArmOptions{}), "retry": op.Retry(), "nudge": op.Nudge("signal", 0), "abort": op.Abort(),
	} {
		if !errors.Is(err, session.ErrRecording) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Close in the middle ends the stream.
	if err := op.Close(); err != nil {
		t.Error(err)
	}
	if e, ok := <-op.Events(); ok {
		t.Errorf("%v was emitted after Close", e)
	}
}

// Close does not wait for the end of a pause of ten years in the recording.
func TestCloseEndsAPause(t *testing.T) {
	tenYears := 10 * 365 * 24 * time.Hour
	head := session.Head{Kind: session.KindAborted, Time: at.Add(tenYears), Patch: "tcp-accept"}
	late := session.Aborted{Head: head, Reason: "r"}
	replay, err := Open(write(t, everyKind()[0], late), Options{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	op, err := replay.Open(context.Background(), "tcp-accept", session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if e := <-op.Events(); e.Header().Kind != session.KindStarted {
		t.Errorf("the first event is %v, want a started", e)
	}
	if err := op.Close(); err != nil {
		t.Error(err)
	}
}

// The command that printed the recording, a year later, printed its own result too. It belongs to no operation.
func TestTheResultOfThePrintingIsLeftOut(t *testing.T) {
	head := session.Head{Kind: session.KindResult, Time: at.AddDate(1, 0, 0)}
	printed := session.Result{Head: head, Outcome: session.OutcomeDone}
	replay, err := Open(write(t, everyKind()[0], everyKind()[8], printed), Options{})
	if err != nil {
		t.Fatal(err)
	}
	op, err := replay.Open(context.Background(), "tcp-accept", session.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	if p := op.(session.Player).Position(); p.Events != 2 || p.Length != 0 {
		t.Errorf("%d events over %v, want 2 at one time", p.Events, p.Length)
	}
}

func TestFilesWithoutARecordingAreRefused(t *testing.T) {
	for what, file := range map[string]string{
		"no such file": "/nonexistent.jsonl",
		"no operation": write(t, everyKind()[3]),
		"empty":        write(t),
	} {
		if _, err := Open(file, Options{}); err == nil || !strings.Contains(err.Error(), "recording") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The console joins the notes into one line, so each note must be a whole sentence.
func TestNotesAreSentences(t *testing.T) {
	recording, err := Open(write(t, everyKind()...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := recording.Capabilities()
	if len(c.Notes) == 0 {
		t.Errorf("%+v: no note says why nothing can be switched", c)
	}
	for _, note := range c.Notes {
		if !regexp.MustCompile(`^[A-Z].*: .*\.$`).MatchString(note) {
			t.Errorf("%q is no sentence of the form \"Cause: remedy.\"", note)
		}
	}
}

// A recording describes its patch as the machine saw it then; an older one knows the names of the functions.
func TestDescribe(t *testing.T) {
	head := session.Head{Kind: session.KindStarted, Patch: "fix"}
	about := session.About{Title: "a fix", Severity: "high", References: []string{"CVE-1"}, Diff: "+x\n",
		Functions: []session.AboutFunction{{Name: "f", Object: "vmlinux", Uncounted: "why"}}}
	file := filepath.Join(t.TempDir(), "recording")
	var text bytes.Buffer
	for _, event := range []session.Event{
		session.Started{Head: head, Kernel: "6.12", Functions: []string{"f"}, About: &about},
		session.Started{Head: head, Kernel: "6.1", Functions: []string{"g"}},
	} {
		if err := session.NewEncoder(&text).Encode(event); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	about.Recorded = true
	older := session.About{Kernel: "6.1", Functions: []session.AboutFunction{{Name: "g"}}, Recorded: true,
		DiffWrong: "this recording is older, and says no more of the patch"}
	for name, want := range map[string]session.About{"fix": about, "fix #2": older} {
		got, err := r.Describe(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := r.Describe(context.Background(), "fix #3"); err == nil {
		t.Error("it describes what it does not have")
	}
	if list, _ := r.Patches(context.Background()); list[0].Severity != "high" || list[1].Severity != "" {
		t.Errorf("it lists %+v", list)
	}
}
