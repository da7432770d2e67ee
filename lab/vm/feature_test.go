// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"slices"
	"testing"
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
