// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStopsAreTakenOffTheTicksThatTheyMadeLate(t *testing.T) {
	const ms = int64(time.Millisecond)
	late := []tick{{10 * ms, 12 * ms}, {100 * ms, 5 * ms}, {200 * ms, 5 * ms}, {300 * ms, ms / 2}}
	for name, c := range map[string]struct {
		stops []stopped
		want  []int64 // how late each is then
	}{
		"none": {nil, []int64{12 * ms, 5 * ms, 5 * ms, ms / 2}},
		"one, known before the third tick": {[]stopped{{150 * ms, 4500 * time.Microsecond}},
			[]int64{12 * ms, ms / 2, 5 * ms, ms / 2}},
		"a tick fell due in it":  {[]stopped{{250 * ms, 5500 * time.Microsecond}}, []int64{12 * ms, 5 * ms, 0, ms / 2}},
		"no tick is late by it":  {[]stopped{{250 * ms, 8 * time.Millisecond}}, []int64{12 * ms, 5 * ms, 5 * ms, ms / 2}},
		"two of the same length": {[]stopped{{150 * ms, 5e6}, {250 * ms, 5e6}}, []int64{12 * ms, 0, 0, ms / 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, tick := range withoutStops(late, c.stops) {
				got = append(got, tick.Late)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
