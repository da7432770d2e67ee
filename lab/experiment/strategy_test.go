// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// said is what spotos apply prints of these events.
func said(t *testing.T, events ...session.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, e := range events {
		if err := session.NewEncoder(&out).Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func head(kind session.Kind) session.Head { return session.Head{Kind: kind, Time: time.Unix(1, 0)} }

// TestRead takes attempts, the longest stop and nudges out of an arming that applied, and a holder out of one that did
// not.
func TestRead(t *testing.T) {
	armed := session.Armed{Head: head(session.KindArmed), Direction: session.Apply}
	first := session.Attempted{Head: head(session.KindAttempt), Number: 1, Window: 70 * time.Microsecond, Total: 1}
	second := session.Attempted{Head: head(session.KindAttempt), Number: 2, Window: 50 * time.Microsecond, Switched: true}
	applied := session.Switched{Head: head(session.KindApplied), Attempts: 2, Wait: 5 * ms}
	stuck := session.Stuck{Head: head(session.KindStuck), Direction: session.Apply, Total: 1,
		Holders: []session.Holder{{PID: 7, Comm: "nc"}}}
	nudged := session.Nudged{Head: head(session.KindNudged), How: "signal", PIDs: []int{7}}
	for name, c := range map[string]struct {
		events []session.Event
		want   Result
	}{
		"applied": {[]session.Event{armed, first, nudged, second, applied}, Result{Outcome: Applied, Took: 3 * time.Second,
			Armed: 3 * time.Second, Wait: 5 * ms, Attempts: 2, Window: 70 * time.Microsecond, Nudges: 1}},
		"given up": {[]session.Event{armed, first, stuck}, Result{Outcome: GivenUp, Took: 4 * time.Second,
			Armed: 3 * time.Second, Attempts: 1, Window: 70 * time.Microsecond, Holder: "nc"}},
	} {
		var r Result
		end, err := r.settle(said(t, c.events...), time.Unix(-2, 0), time.Unix(2, 0))
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(c.want, r); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if want := time.Unix(-2, 0).Add(c.want.Took); !end.Equal(want) {
			t.Errorf("%s: it ended at %v, want %v", name, end, want)
		}
	}
}
