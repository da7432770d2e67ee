// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The longest inside comes first wherever holders are listed or named; passers-by come last.
func TestLongestFirst(t *testing.T) {
	holders := []Holder{{PID: 9}, {PID: 4, Since: 5}, {PID: 3}, {PID: 2, Since: 7}, {PID: 1, Before: true}}
	LongestFirst(holders)
	var got []int
	for _, h := range holders {
		got = append(got, h.PID)
	}
	if diff := cmp.Diff([]int{1, 2, 4, 3, 9}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNameHolders(t *testing.T) {
	list := []Holder{{PID: 1, Comm: "a", Function: "f"}, {PID: 2, Comm: "b", Function: "g"},
		{PID: 3, Comm: "c", Function: "f"}, {PID: 4, Comm: "d", Function: "f"}}
	for _, c := range []struct {
		named, total int
		want         string
	}{
		{0, 0, "0 holders"}, {0, 7, "7 holders"}, {1, 1, "1 holder, a (pid 1) in f"},
		{2, 2, "2 holders, a (pid 1) in f, b (pid 2) in g"},
		{2, 9, "9 holders, a (pid 1) in f, b (pid 2) in g, and 7 more"},
		{4, 4, "4 holders, a (pid 1) in f, b (pid 2) in g, c (pid 3) in f, and 1 more"},
	} {
		if got := NameHolders(list[:c.named], c.total); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.named, c.total, got, c.want)
		}
	}
}

// Whoever is stuck reads which functions run on.
func TestWhyStuck(t *testing.T) {
	list := []Holder{{PID: 1, Comm: "a", Function: "f"}}
	deaf := []Holder{{PID: 1, Comm: "a", Function: "f", State: "D", Deaf: true}}
	for _, c := range []struct {
		direction Direction
		holders   []Holder
		total     int
		want      []string
	}{
		{Apply, nil, 0, []string{"nothing changed", "retry"}},
		{Revert, nil, 0, []string{"the replacements run on", "retry"}},
		{Apply, list, 1, []string{"a (pid 1) is inside f", "nothing changed", "nudge it"}},
		{Revert, list, 1, []string{"a (pid 1) is inside f", "the replacements run on", "nudge it"}},
		{Apply, deaf, 2, []string{"2 holders at the deadline: ", "nothing changed", "freeze",
			"a (pid 1) is inside f and does not leave when it is woken, since it sleeps uninterruptibly"}},
		{Revert, list, 5, []string{"5 holders at the deadline: a (pid 1) is inside f the longest; ",
			"the replacements run on", "nudge them"}},
	} {
		got := WhyStuck(c.direction, c.holders, c.total)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s, %d holders: %q lacks %q", c.direction, c.total, got, want)
			}
		}
	}
}

// At a count of zero those seen just before have left. That holds for those that are not listed as well.
func TestInsideWhereTheListIsBounded(t *testing.T) {
	sleeper, passer := Holder{PID: 1, Since: 5}, Holder{PID: 2}
	for _, c := range []struct {
		listed []Holder
		want   int
	}{{[]Holder{sleeper, passer}, 1}, {[]Holder{sleeper, sleeper}, 20000}} {
		f := folded(Sampled{Holders: c.listed, Total: 20000})
		if _, total := f.Inside(); total != c.want {
			t.Errorf("%d holders are inside, want %d", total, c.want)
		}
	}
}

// After a revert that did not come about the replacements run on, and the result says so.
func TestResultOfARevert(t *testing.T) {
	reverting := Armed{Head: Head{Time: at}, Direction: Revert}
	if got := folded(reverting, Aborted{Reason: "asked"}).Result().Reason; got != "asked; the replacements run on" {
		t.Errorf("the reason is %q", got)
	}
}
