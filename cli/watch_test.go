// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"strings"
	"testing"
	"time"

	"spotos/session"
)

// A zero that may be wrong is not printed as if it were sure: neither the function's, nor the total, nor the forecast.
func TestDoubtIsPrinted(t *testing.T) {
	for doubt, marks := range map[string]int{"why": 2, "": 0} {
		var printed strings.Builder
		f := newFlags()
		f.out.output = &output{w: &printed}
		f.showCounts(session.Sampled{
			Functions: []session.FunctionSample{{Name: "f", Doubt: doubt}, {Name: "g"}},
			Windows:   session.ZeroWindows{Watched: time.Minute, Count: 1, Share: 1},
			Forecast:  session.Forecast{Chance: 99}})
		text := printed.String()
		if got := strings.Count(text, "  ? "); got != marks {
			t.Errorf("doubt %q: %d marks, want %d:\n%s", doubt, got, marks, text)
		}
		if safe := strings.Contains(text, "safe at this moment"); safe != (doubt == "") {
			t.Errorf("doubt %q: the forecast is %v:\n%s", doubt, safe, text)
		}
	}
}
