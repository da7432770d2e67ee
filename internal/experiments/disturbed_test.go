// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"testing"
	"time"

	"spotos/lab/experiment"
)

// TestLonger compares only trials that applied, each with its own server, and takes for undisturbed what was before a
// command and the baselines that do nothing.
func TestLonger(t *testing.T) {
	trial := func(strategy, outcome string, before, during, around int) experiment.Result {
		r := result(strategy, outcome, 1)
		r.Before.Longest, r.During.Longest = time.Duration(before), time.Duration(during)
		r.Around = time.Duration(around)
		return r
	}
	elsewhere := trial(experiment.Nothing, experiment.Baseline, 900, 900, 0)
	elsewhere.Server = "nginx"
	all := []experiment.Result{trial(experiment.Nothing, experiment.Baseline, 10, 40, 0), elsewhere,
		trial("auto", experiment.Applied, 20, 700, 50), trial("auto", experiment.Applied, 30, 700, 81),
		trial("auto", experiment.GivenUp, 30, 700, 999)}
	undisturbed := longestUndisturbed(all)[served{"6.1", "redis"}]
	if undisturbed != 40 {
		t.Errorf("the longest undisturbed request took %d, want 40", undisturbed)
	}
	for want, than := range map[string]func(experiment.Result) time.Duration{
		"2 of 2": func(r experiment.Result) time.Duration { return r.Before.Longest },
		"1 of 2": func(experiment.Result) time.Duration { return undisturbed },
	} {
		if got := longer(of(all, "auto", nil), than); got != want {
			t.Errorf("%s are longer, want %s", got, want)
		}
	}
	if got := longer(nil, nil); got != "-" {
		t.Errorf("of no trial, %s are longer", got)
	}
}
