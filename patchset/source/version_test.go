// SPDX-License-Identifier: GPL-2.0-only

package source

import "testing"

func TestCompareVersions(t *testing.T) {
	for _, c := range []struct{ older, newer string }{
		{"6.1.9-1", "6.1.10-1"}, {"6.1.170-3", "6.1.192-2"}, {"6.1.192-1", "6.1.192-2"},
		{"6.12.117-1~deb12u1", "6.12.117-1"}, {"6.1.170-3", "6.1.170-3+b1"}, {"6.1.170-3", "6.1.170-3.1"},
		{"6.1.170-3~rc1", "6.1.170-3+b1"},
	} {
		if got, back := CompareVersions(c.older, c.newer), CompareVersions(c.newer, c.older); got >= 0 || back <= 0 {
			t.Errorf("%s and %s: %d, %d", c.older, c.newer, got, back)
		}
	}
	if got := CompareVersions("6.1.170-3", "6.1.170-3"); got != 0 {
		t.Errorf("the same: %d", got)
	}
}
