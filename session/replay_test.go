// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReplayPlaysEachOperationOfTheFile(t *testing.T) {
	kinds := everyKind()
	second := Started{Head: Head{KindStarted, at, "tcp-accept"}, Host: "other", State: StateApplied, Functions: []string{"f"}}
	file := writeRecording(t, append(append([]Event{kinds[3]}, kinds...), second, kinds[8])...)
	replay, err := OpenReplay(file, ReplayOptions{})
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
	for name, want := range map[string][]Event{"tcp-accept": kinds, "tcp-accept #2": {second, kinds[8]}} {
		op, err := replay.Open(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		var got []Event
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
	if _, err := replay.Open(context.Background(), "nosuch"); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("opening what is not there: %v", err)
	}
}

func TestReplayChangesNothing(t *testing.T) {
	replay, err := OpenReplay(writeRecording(t, everyKind()...), ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if replay.Capabilities().CanSwitch {
		t.Error("a recording says it can switch")
	}
	op, err := replay.Open(context.Background(), "tcp-accept")
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"arm": op.Arm(ArmOptions{}), "retry": op.Retry(), "nudge": op.Nudge("signal", 0), "abort": op.Abort()} {
		if !errors.Is(err, ErrRecording) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Closed in the middle: the stream ends. An event may stand in it.
	if err := op.Close(); err != nil {
		t.Error(err)
	}
	if e, ok := <-op.Events(); ok {
		t.Errorf("after Close came %v", e)
	}
}

// A pause of ten years in the recording does not hold Close up.
func TestReplayIsClosedInAPause(t *testing.T) {
	late := Aborted{Head: Head{KindAborted, at.Add(10 * 365 * 24 * time.Hour), "tcp-accept"}, Reason: "r"}
	replay, err := OpenReplay(writeRecording(t, everyKind()[0], late), ReplayOptions{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	op, err := replay.Open(context.Background(), "tcp-accept")
	if err != nil {
		t.Fatal(err)
	}
	if e := <-op.Events(); e.Header().Kind != KindStarted {
		t.Errorf("first came %v", e)
	}
	if err := op.Close(); err != nil {
		t.Error(err)
	}
}

// What printed the recording has a result too, a year later.
func TestReplayLeavesOutTheResultOfThePrinting(t *testing.T) {
	printed := Result{Head: Head{Kind: KindResult, Time: at.AddDate(1, 0, 0)}, Outcome: OutcomeDone}
	replay, err := OpenReplay(writeRecording(t, everyKind()[0], everyKind()[8], printed), ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	op, err := replay.Open(context.Background(), "tcp-accept")
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	if p := op.(Player).Position(); p.Events != 2 || p.Length != 0 {
		t.Errorf("%d events over %v, want 2 at one time", p.Events, p.Length)
	}
}

func TestWhatIsNoRecordingIsRefused(t *testing.T) {
	for what, file := range map[string]string{
		"no such file": "/nonexistent.jsonl",
		"no operation": writeRecording(t, everyKind()[3]),
		"empty":        writeRecording(t),
	} {
		if _, err := OpenReplay(file, ReplayOptions{}); err == nil || !strings.Contains(err.Error(), "recording") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
