// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestIdleTimeIsSkippedOnlyWhereNobodySits(t *testing.T) {
	for name, c := range map[string]struct {
		machine machine
		count   string // what -icount says; "": it is not given
	}{
		"ordinary":               {machine{cpus: 2}, ""},
		"ordinary, with console": {machine{cpus: 2, idles: true}, ""},
		"instructions":           {machine{cpus: 2, icount: true}, "shift=0,sleep=off"},
		"with console":           {machine{cpus: 2, icount: true, idles: true}, "shift=0"},
		"with KVM at hand":       {machine{cpus: 2, icount: true, kvm: true}, "shift=0,sleep=off"},
	} {
		t.Run(name, func(t *testing.T) {
			flags, got := c.machine.flags(nil), ""
			if i := slices.Index(flags, "-icount"); i >= 0 {
				got = flags[i+1]
			}
			if got != c.count {
				t.Errorf("-icount %q, want %q", got, c.count)
			}
		})
	}
}

// TestTimeStampRate compares the rate of the processor's counter with the clock over a longer time. One comparison in
// ten must agree: a busy host may interrupt it between the two readings.
func TestTimeStampRate(t *testing.T) {
	khz := float64(timeStampKHz())
	for range 10 {
		begin, from := time.Now(), timeStamp()
		time.Sleep(50 * time.Millisecond)
		to, took := timeStamp(), time.Since(begin)
		want := float64(to-from) / float64(took.Microseconds()) * 1000
		if math.Abs(khz-want) < want/50 {
			return
		}
		t.Logf("%.0f kHz, and over %v it was %.0f kHz", khz, took, want)
	}
	t.Error("no comparison agreed")
}
