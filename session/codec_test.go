// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 11, 23, 14, 3, 0, 250e6, time.UTC)

// everyKind returns an event of each kind, with all fields set.
func everyKind() []Event {
	head := func(k Kind) Head { return Head{Kind: k, Time: at, Patch: "tcp-accept"} }
	holders := []Holder{{PID: 12, TGID: 11, Comm: "a \"task\"\n", State: "S", Function: "f", Since: 5,
		Before: true, Kthread: true, Deaf: true, Doubt: "why", Stack: []string{"schedule+0x5e", "f+0x1"}}}
	uid := uint32(1000)
	groups := []HolderGroup{{9, "f", 5, true, []string{"schedule", "f"}}}
	details := []Details{{12, "why", "/bin/a", "a -b", &uid, "u", "/c", "c.service", "docker", "0123",
		&SystemCall{"read", []string{"4", "…"}, &OpenFile{4, FileTCP, "n", "here:1", "there:2", true, "closing"}, 3,
			"EINTR"}, "none", "init"}}
	return []Event{
		Started{head(KindStarted), "host", "6.12", StateLoaded, []string{"f", "g"}, "a note", everyAbout()},
		Sampled{head(KindSampled), 3, StateArmed, true, "spotos (pid 1)", "a wait", []FunctionSample{
			{"f", 3, 1, 4, 1 << 63, 2, "why", 25, 7, 8, 9, 10}},
			ZeroWindows{time.Minute, 5, 3, 6, .5, 7, 8, 9}, Forecast{"why", 1, 2, 3, true, "a (pid 1)", 4, 5}, holders, 9,
			groups, details,
			&Programs{7, []ProgramCalls{{3, CallerProgram, "sh", "/bin/sh", &uid, "/a", 12, 2, true, true, 4, .5, 1, at,
				[]FunctionCalls{{"f", 4, 1}}}}}, &Replaced{at, 8, true, "why"}},
		Armed{head(KindArmed), Apply, SafePointStrategy, 3 * time.Second, true, NudgeAuto, 2 * time.Second, "sh (pid 1)"},
		SafePoint{head(KindSafePoint), 2},
		Attempted{head(KindAttempt), 1, "trigger", true, at, 143 * time.Microsecond, 52, 31, 29, true, 1, holders, 1},
		Switched{head(KindApplied), 2, time.Second, 52, 143},
		Switched{head(KindReverted), 1, time.Second, 52, 143},
		Stuck{head(KindStuck), Revert, "a < b & c", holders, 1, details},
		Aborted{head(KindAborted), "by the operator"},
		Nudged{head(KindNudged), "freeze", []int{1, 2}, []string{"1: EINTR"}, []string{"3: a kernel thread"},
			[]FreezeGroup{{"/a", []int{1}, 2, 3, []Program{{4, "a", 5, 6}}}}},
		Noted{head(KindNoted), "the disk is full", 2},
		Failed{head(KindFailed), "owned by livepatch", true},
		Result{head(KindResult), OutcomeStuck, RetryStrategy, 3, 2, time.Second, 52, 143, holders, 9, details, "why"},
	}
}

// everyAbout returns a description with all fields set that are encoded.
func everyAbout() *About {
	return &About{"a fix", "high", []string{"CVE-1"}, "6.12", "01", "02", []string{"m=03"},
		[]AboutFunction{{"f", "vmlinux", true, []string{"why"}, "why not", "g"}}, []string{"why"}, []string{"not"},
		[]string{"a timer"}, true, "me", "SPOTOS 1", "GCC", "04", true, "CN=me", "--- a\n+++ b\n", "05", "damaged", false}
}

func TestEventsSurviveEncoding(t *testing.T) {
	var buf bytes.Buffer
	enc := NewEncoder(&buf)
	for _, e := range everyKind() {
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(buf.String(), "\n"); lines != len(everyKind()) {
		t.Errorf("%d lines for %d events", lines, len(everyKind()))
	}
	dec := NewDecoder(&buf)
	for _, want := range everyKind() {
		got, err := dec.Next()
		if err != nil {
			t.Fatalf("%s: %v", want.Header().Kind, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Header().Kind, diff)
		}
	}
	if _, err := dec.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestLinesAreAsDocumented(t *testing.T) {
	for _, c := range []struct {
		event Event
		want  string
	}{
		{Result{Head: Head{KindResult, at, "p"}, Outcome: OutcomeApplied, Strategy: SafePointStrategy, Attempts: 3,
			SafePoints: 3, Wait: time.Second, Trigger: 52, Window: 143},
			`{"event":"result","time":"2026-11-23T14:03:00.25Z","patch":"p","outcome":"applied",` +
				`"strategy":"safepoint","attempts":3,"safe_points":3,"wait_ns":1000000000,"trigger_ns":52,` +
				`"window_ns":143,"holders":[],"reason":""}`},
		{Stuck{Head: Head{KindStuck, at, "p"}, Direction: Apply, Reason: "a < b",
			Holders: []Holder{{PID: 1}}, Total: 1},
			`{"event":"stuck","time":"2026-11-23T14:03:00.25Z","patch":"p","direction":"apply","reason":"a < b",` +
				`"holders":[{"pid":1,"tgid":0,"comm":"","state":"","function":"","stack":[]}],"holders_total":1}`},
		{Sampled{Head: Head{KindSampled, at, "p"}, State: StateLoaded},
			`{"event":"sampled","time":"2026-11-23T14:03:00.25Z","patch":"p","in_flight":0,"state":"loaded",` +
				`"functions":[],"holders":[],"holders_total":0}`},
	} {
		got, err := MarshalEvent(c.event)
		if err != nil || string(got) != c.want {
			t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
		}
	}
}

func TestUnknownKindsAreSkippedAndCounted(t *testing.T) {
	dec := NewDecoder(strings.NewReader(`{"event":"eclipse","time":"2026-11-23T14:03:00Z"}

{"event":"aborted","time":"2026-11-23T14:03:00Z","reason":"r","later":{"field":1}}
{"event":"applied","time":"2026-11-`))
	if e, err := dec.Next(); err != nil || e.(Aborted).Reason != "r" {
		t.Errorf("got %v, %v", e, err)
	}
	if _, err := dec.Next(); err != io.EOF || dec.Skipped() != 2 {
		t.Errorf("a line cut off at the end: %v, %d skipped, want 2", err, dec.Skipped())
	}
}

func TestBrokenLineIsNamed(t *testing.T) {
	for _, broken := range []string{"{", `{"event":"armed","timeout_ns":"soon"}`, "[]", "\x00"} {
		dec := NewDecoder(strings.NewReader("\n" + broken + "\n\n"))
		if _, err := dec.Next(); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", broken, err)
		}
	}
	if _, err := UnmarshalEvent([]byte(`{"event":"eclipse"}`)); !errors.Is(err, ErrUnknownKind) {
		t.Errorf("an unknown kind: %v", err)
	}
}

func FuzzUnmarshalEvent(f *testing.F) {
	for _, e := range everyKind() {
		line, err := MarshalEvent(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := UnmarshalEvent(line)
		if err != nil {
			return
		}
		again, err := MarshalEvent(e)
		if err != nil {
			t.Skip() // a year that JSON cannot write
		}
		if back, err := UnmarshalEvent(again); err != nil || back.Header().Kind != e.Header().Kind {
			t.Errorf("%s became %s: %v", line, again, err)
		}
	})
}
