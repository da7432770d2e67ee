// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/session"
)

// sampleAt returns a sample of two functions; the second has as many calls as are in flight.
func sampleAt(after time.Duration, inFlight int64, windows session.ZeroWindows) session.Sampled {
	return session.Sampled{Head: session.Head{Kind: session.KindSampled, Time: fixedClock().Add(after)},
		InFlight: inFlight, Windows: windows,
		Functions: []session.FunctionSample{{Name: "f"}, {Name: "g", Count: inFlight}}}
}

// A watch of days takes no more memory than one of an hour, and its peaks, zero windows and marks are still there.
func TestTimelineIsBounded(t *testing.T) {
	var tl timeline
	const days = 3 * 24 * time.Hour
	peak := days / 2
	for at := time.Duration(0); at < days; at += 2 * time.Second {
		n, w := int64(2), session.ZeroWindows{}
		if at == peak {
			n, w.New = 77, 3
		}
		tl.add(sampleAt(at, n, w))
		if at%time.Minute == 0 {
			head := session.Head{Time: fixedClock().Add(at)}
			tl.add(session.Attempted{Head: head, Total: 1, Holders: []session.Holder{{Comm: "reader"}}})
			if at == peak {
				tl.add(session.Switched{Head: session.Head{Kind: session.KindApplied, Time: head.Time}})
			}
		}
	}
	if len(tl.whole) > timelineBins || len(tl.recent) > timelineBins*5/4 || len(tl.marks) > timelineMarks {
		t.Errorf("%d steps, %d samples, %d marks are kept", len(tl.whole), len(tl.recent), len(tl.marks))
	}
	var high, chosen []int64
	var zeros uint64
	for _, c := range tl.columns(0, days, 3, 1) {
		high, chosen, zeros = append(high, c.high), append(chosen, c.chosen), zeros+c.zeros
	}
	if diff := cmp.Diff([][]int64{{2, 77, 2}, {2, 77, 2}}, [][]int64{high, chosen}); diff != "" || zeros != 3 {
		t.Errorf("%d zero windows, peaks (-want +got):\n%s", zeros, diff)
	}
	if first := tl.marks[0]; first.kind != markSwitch || first.at != peak || first.text != "applied" {
		t.Errorf("the switch is lost: the first mark is %+v", first)
	}
}

func TestTimelineColumns(t *testing.T) {
	var tl timeline
	for i, n := range []int64{1, 0, 3, 2} { // at 0, 1, 2 and 20 s
		after := time.Duration(i) * time.Second
		if i == 3 {
			after = 20 * time.Second
		}
		tl.add(sampleAt(after, n, session.ZeroWindows{Count: uint64(i / 2)}))
	}
	doubted := sampleAt(21*time.Second, 0, session.ZeroWindows{New: 5, Open: 1})
	doubted.Functions[0].Doubt = "a test wants it so"
	tl.add(doubted)
	want := []stretch{ // a sample speaks for the time since the one before, unless that is long ago
		{seen: true, high: 3, chosen: 3, zeros: 1}, {}, {}, {}, {}, {}, {}, {}, {}, {},
		{seen: true, doubt: true, high: 2, chosen: 2}, {},
	}
	for name, bins := range map[string][]bin{"samples": tl.recent, "steps": nil} {
		tl.recent = bins
		got := tl.columns(0, 24*time.Second, 12, 1)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(stretch{})); diff != "" {
			t.Errorf("from the %s (-want +got):\n%s", name, diff)
		}
	}
}

// A paused picture does not change.
func TestTimelineCloneStands(t *testing.T) {
	var tl timeline
	tl.add(sampleAt(0, 1, session.ZeroWindows{}))
	kept := tl.clone()
	for i := range 5000 {
		tl.add(sampleAt(time.Duration(i)*time.Second/4, 9, session.ZeroWindows{New: 1}))
		tl.add(session.Armed{Head: session.Head{Time: fixedClock()}})
	}
	want := stretch{seen: true, high: 1, chosen: 1}
	if got := kept.columns(0, time.Minute, 1, 1)[0]; got != want || len(kept.marks) > 0 {
		t.Errorf("%+v, %d marks", got, len(kept.marks))
	}
}

// No text hides a sign, and what matters most has its text.
func TestPlaceLabels(t *testing.T) {
	at := func(i int, k markKind, text string) label { return label{at: i, kind: k, sign: "x", text: text} }
	for _, c := range []struct {
		name   string
		labels []label
		rows   int
		want   []string
	}{
		{"beside", []label{at(2, markArmed, "armed")}, 1, []string{"  x armed"}},
		{"to the left at the end", []label{at(18, markArmed, "armed")}, 1, []string{"            armed x"}},
		{"one beside another", []label{at(1, markArmed, "armed"), at(3, markSwitch, "applied")}, 1,
			[]string{" x x applied"}},
		{"in another row", []label{at(1, markArmed, "armed"), at(3, markSwitch, "applied")}, 2,
			[]string{"   x applied", " x armed"}},
		{"in one column", []label{at(4, markAttempt, "held"), at(4, markStuck, "stuck")}, 1, []string{"    x stuck"}},
		{"in one column of two rows", []label{at(4, markAttempt, "held"), at(4, markStuck, "stuck")}, 2,
			[]string{"    x stuck", "    x held"}},
	} {
		var got []string
		for _, r := range placeLabels(c.labels, c.rows, 20) {
			got = append(got, skin{}.labelRow(r))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
