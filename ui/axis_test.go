// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An axis has round numbers, and little room above the largest value, which does not reach the top.
func TestAxis(t *testing.T) {
	for _, c := range []struct {
		most, rows int64
		want       string // what stands left of the rows, from the top
	}{
		{0, 2, "1,"}, {1, 2, "2,1"}, {3, 2, "4,2"}, {9, 2, "10,5"}, {20, 2, "24,12"},
		{1, 3, "2,,"}, {2, 3, "3,2,1"}, {3, 3, "4,,"}, {4, 3, "5,,"}, {8, 3, "9,6,3"}, {20000, 3, "24000,16000,8000"},
		{3, 13, ",3,,,,2,,,,1,,,"}, {8, 13, ",8,,,,,,4,,,,,"},
	} {
		a := newAxis(c.most, c.rows)
		var got []string
		for r := range int(c.rows) {
			got = append(got, a.margin(r, ""))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ",")); diff != "" {
			t.Errorf("%d in %d rows (-want +got):\n%s", c.most, c.rows, diff)
		}
		if a.top() <= float64(c.most) || a.level(1, 8) < 1 || a.level(0, 8) != 0 {
			t.Errorf("%d in %d rows: the top is %g", c.most, c.rows, a.top())
		}
	}
	for most, want := range map[int64]string{8: "in all 6", 2e6: "in all"} {
		if got := newAxis(most, 3).margin(1, "in all"); got != want {
			t.Errorf("beside a name: %q, want %q", got, want)
		}
	}
}

func TestRoundUp(t *testing.T) {
	for n, want := range map[int64]int64{1: 1, 3: 3, 6: 6, 7: 8, 9: 10, 11: 12, 13: 15, 21: 25, 81: 100, 20000: 20000} {
		if got := roundUp(n); got != want {
			t.Errorf("%d is rounded up to %d, want %d", n, got, want)
		}
	}
}
