// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spotos/session"
)

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   string
	}{
		{nil, ""},
		{[]int64{0, 0}, "··"},
		{[]int64{0, 1, 8}, "·▁█"},
		{[]int64{0, 1, 1000, 0, -1}, "·▁█··"},
	} {
		if got := unicodeGlyphs.sparkline(c.values); got != c.want {
			t.Errorf("%v is drawn %q, want %q", c.values, got, c.want)
		}
	}
}

// The history adds a count at its end, and moves by half of its width once that is full.
func TestHistoryMovesByHalves(t *testing.T) {
	const width = 6
	h := history{}
	for i, want := range []int{1, 2, 3, 4, 5, 6, 4, 5, 6, 4, 5, 6, 4} {
		h.add(time.Time{}, session.FunctionSample{Count: int64(i)})
		last, _ := h.last(width)
		if len(last) != want || last[want-1] != int64(i) {
			t.Errorf("after %d counts it shows %v, want %d that end with %d", i+1, last, want, i)
		}
	}
	for i := range 3 * historyLength { // it forgets the oldest
		h.add(time.Time{}, session.FunctionSample{Count: int64(i)})
		if last, _ := h.last(width); len(last) <= width/2 || len(last) > width || last[len(last)-1] != int64(i) {
			t.Fatalf("it shows %v, want more than %d that end with %d", last, width/2, i)
		}
	}
	if got, _ := h.last(0); len(got) > 0 {
		t.Errorf("without room it shows %v", got)
	}
}

// Any count fits its column.
func TestCountText(t *testing.T) {
	for n, want := range map[int64]string{-1: "-1", 0: "0", 99999: "99999", 123456: "123k", 4814712: "4.8M",
		481471234: "481.5M", 48147123456: "48.1G"} {
		if got := countText(n); got != want || len(got) > 6 {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}

// A doubtful count is not drawn as a figure, on any size of screen.
func TestDoubtfulFigure(t *testing.T) {
	for _, size := range sizes {
		m := screenAt(t, aborted, stoppedAt{session.KindSampled, 4, 0}, size.w, size.h, Options{})
		m.Update(eventsMsg{id: m.opID, events: []session.Event{doubtful(m.live.Sample)}})
		screen := ansi.Strip(m.View().Content)
		zero := unicodeGlyphs.figure("0")
		if strings.Contains(screen, strings.TrimSpace(zero[1])+" ") && strings.Contains(screen, zero[0]) {
			t.Errorf("%dx%d: a big zero is drawn:\n%s", size.w, size.h, screen)
		}
		if !strings.Contains(screen, "? DOUBTFUL, 0 counted: pair_encode: ") {
			t.Errorf("%dx%d: it does not begin with the doubt:\n%s", size.w, size.h, screen)
		}
	}
}
