// SPDX-License-Identifier: GPL-2.0-only

package timescale_test

import (
	"testing"
	"time"

	"spotos/internal/timescale"
)

func TestLimit(t *testing.T) {
	for text, want := range map[string]time.Duration{"": time.Minute, "1.5": 90 * time.Second, "3": 3 * time.Minute} {
		t.Setenv(timescale.Variable, text)
		if got, err := timescale.Limit(time.Minute); err != nil || got != want {
			t.Errorf("%q: %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"slow", "0", "-1"} {
		t.Setenv(timescale.Variable, text)
		if _, err := timescale.Limit(time.Minute); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
