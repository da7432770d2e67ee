// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spotos/lab/experiment"
)

// TestGrowth has trials of two sizes, and others, which are no growth.
func TestGrowth(t *testing.T) {
	var all []experiment.Result
	for patch, armed := range map[string]time.Duration{"again-growth-1": time.Second, "again-growth-50": 3 * time.Second} {
		for strategy, requests := range map[string]int{experiment.Auto: 5, experiment.Nothing: 200, experiment.Watch: 150} {
			r := result(strategy, experiment.Applied, 4)
			r.Patch, r.Armed, r.During = patch, armed, experiment.Seen{Seconds: 1, Requests: requests}
			all = append(all, r)
		}
	}
	other := result(experiment.Auto, experiment.Applied, 9)
	other.Armed = 9 * time.Second
	text := growthTable(append(all, other), experiment.Functions)
	want := "| 6.1 | 1 | 1.00 | 0.0 | 0.00 | 0.75 | - |\n| 6.1 | 50 | 3.00 | 0.0 | 0.00 | 0.75 | - |\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("%s does not end with\n%s", text, want)
	}
	if text := growthTable(all, experiment.Connections); text != "" {
		t.Error(text)
	}
	file := filepath.Join(t.TempDir(), "growth.svg")
	for _, some := range [][]experiment.Result{{other, all[0]}, all} { // the first has one size, and not all measures
		if err := drawGrowth(some, experiment.Functions, file); err != nil {
			t.Fatal(err)
		}
	}
	if drawn, err := os.ReadFile(file); err != nil || !strings.Contains(string(drawn), measures[0].name) {
		t.Error(err, string(drawn))
	}
}
