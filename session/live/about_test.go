// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spotos/patchset"
	"spotos/session"
)

// TestSort checks to what each verdict belongs: to the patch, or to every function of that name.
func TestSort(t *testing.T) {
	p := &patchset.Patch{Functions: []patchset.Function{{Name: "f"}, {Name: "g", Position: 1}, {Name: "g", Position: 2}}}
	verdicts := []patchset.Refusal{
		{Kind: patchset.NoSwitch, Function: "f", Why: "owned", Do: "revert"},
		{Kind: patchset.NoWatch, Function: "g", Why: "twice", Do: "nothing"},
		{Kind: patchset.Shared, Function: "f", Why: "one with h", Do: "look"},
		{Kind: patchset.Unknown, Why: "unread", Do: "root"},
		{Kind: patchset.NoWatch, Why: "no BTF", Do: "another kernel"},
		{Kind: patchset.NoModule, Why: "needs m", Do: "modprobe m"},
	}
	for _, c := range []struct {
		switched bool
		want     session.About
	}{
		{false, session.About{Refusals: []string{"unread; root"}, Uncounted: []string{"no BTF; another kernel"},
			Functions: []session.AboutFunction{{Refusals: []string{"owned; revert"}, Shared: "one with h"},
				{Uncounted: "twice"}, {Uncounted: "twice"}}}},
		{true, session.About{Uncounted: []string{"no BTF; another kernel"},
			Functions: []session.AboutFunction{{Shared: "one with h"}, {Uncounted: "twice"}, {Uncounted: "twice"}}}},
	} {
		got := session.About{Functions: make([]session.AboutFunction, len(p.Functions))}
		for _, r := range verdicts {
			sort(&got, p, r, c.switched)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("switched %v (-want +got):\n%s", c.switched, diff)
		}
	}
}

// A journal keeps what a patch is, and not its diff; the event that goes to the screen keeps it.
func TestJournalKeepsNoDiff(t *testing.T) {
	about := session.About{Title: "a fix", Functions: []session.AboutFunction{}, Diff: "+x", DiffSum: "01"}
	started := session.Started{Head: session.Head{Kind: session.KindStarted}, About: &about}
	file, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	o := &operation{journal: journal{file: file}, events: make(chan session.Event, 1), done: make(chan struct{})}
	defer o.journal.close()
	o.emit(started)
	if got := (<-o.events).(session.Started); got.About.Diff != "+x" {
		t.Errorf("the event lacks the diff: %+v", got.About)
	}
	data, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := session.UnmarshalEvent(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(about.WithoutDiff(), *kept.(session.Started).About); diff != "" {
		t.Error(diff)
	}
}
