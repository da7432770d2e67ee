// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/plotter"

	"spotos/lab/experiment"
)

func result(strategy, outcome string, seconds float64) experiment.Result {
	return experiment.Result{Trial: experiment.Trial{Server: "redis", Patch: "p", Strategy: strategy}, Kernel: "6.1",
		Outcome: outcome, Took: time.Duration(seconds * float64(time.Second))}
}

func TestAppliedCell(t *testing.T) {
	quick, never := result("auto", experiment.Applied, 1), result("auto", experiment.GivenUp, 30)
	for name, c := range map[string]struct {
		results []experiment.Result
		want    string
	}{
		"none":         {nil, "-"},
		"one":          {[]experiment.Result{quick}, "1/1, 1.00 s"},
		"all":          {[]experiment.Result{quick, quick}, "2/2, 1.00 s [1.00 s, 1.00 s]"},
		"one given up": {[]experiment.Result{never, quick}, "1/2, 1.00 s"},
		"all given up": {[]experiment.Result{never, never}, "**0/2** (30.00 s)"},
	} {
		if got := appliedCell(c.results); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestECDF wants the line to end below 1 by the share that gave up, at the last time of all.
func TestECDF(t *testing.T) {
	got := ecdf([]experiment.Result{result("auto", experiment.Applied, 2), result("auto", experiment.GivenUp, 9),
		result("auto", experiment.Applied, 1), result("auto", experiment.GivenUp, 5)}, took, 9)
	want := plotter.XYs{{X: shortest, Y: 0}, {X: 1, Y: 0}, {X: 1, Y: 0.25}, {X: 2, Y: 0.25}, {X: 2, Y: 0.5},
		{X: 9, Y: 0.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestChosen(t *testing.T) {
	cases := experiment.Cases()
	got, err := chosen([]string{cases[1].Server, "nginx/b", growth})
	want := slices.Concat(cases[1:2], []experiment.Case{{Server: "nginx", Patches: []string{"b"}}}, experiment.Growth())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := chosen([]string{"apache"}); err == nil {
		t.Error("a server that there is not was chosen")
	}
}

// TestSplit wants every trial in one part, in order, and no empty part.
func TestSplit(t *testing.T) {
	trials := make([]experiment.Trial, 7)
	for i := range trials {
		trials[i].Number = i
	}
	for parts, want := range map[int][]int{1: {7}, 2: {4, 3}, 3: {3, 3, 1}, 9: {1, 1, 1, 1, 1, 1, 1}} {
		var lengths []int
		got := split(trials, parts)
		for _, part := range got {
			lengths = append(lengths, len(part))
		}
		if diff := cmp.Diff(want, lengths); diff != "" {
			t.Errorf("%d parts: %s", parts, diff)
		}
		if diff := cmp.Diff(trials, slices.Concat(got...)); diff != "" {
			t.Errorf("%d parts: %s", parts, diff)
		}
	}
	if got := split(nil, 2); len(got) > 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestBuilt leaves out the trials whose module is not there, by the way: livepatch has a module of its own.
func TestBuilt(t *testing.T) {
	dir := t.TempDir()
	auto := experiment.Trial{Server: "redis", Patch: "again-x", Strategy: experiment.Auto}
	klp, other := auto, auto
	klp.Strategy, other.Patch = experiment.Livepatch, "again-y"
	file := filepath.Join(dir, auto.Module())
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]experiment.Trial{auto}, built([]experiment.Trial{klp, auto, other}, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestKeepAll keeps the whole lines of a run that was cut off, and makes a report of them.
func TestKeepAll(t *testing.T) {
	dir := t.TempDir()
	store, err := experiment.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const line = `{"server":"redis","patch":"p","strategy":"auto","trial":1,"kernel":"6.1","outcome":"applied",` +
		`"took":5,"before":{"requests":1},"bins":[{"start":0,"requests":1,"longest":7}]}`
	if err := keepAll(store, strings.NewReader(line+"\n"+line[:40])); err != nil {
		t.Fatal(err)
	}
	if len(store.Kept) != 1 {
		t.Errorf("%d results are kept", len(store.Kept))
	}
	if err := report(store, options{dir: dir}); err != nil {
		t.Error(err)
	}
}

// TestGrid has a row for each server and patch that was tried, over all kernels, and no figure where there is none.
func TestGrid(t *testing.T) {
	all := []experiment.Result{result(experiment.Auto, experiment.Applied, 1),
		result(experiment.Auto, experiment.Applied, 3), result(experiment.Retry, experiment.GivenUp, 5),
		result(experiment.Nothing, experiment.Baseline, 0)}
	all[1].Kernel = "6.12"
	all[3].Server = "nginx"
	file := filepath.Join(t.TempDir(), "grid.svg")
	if err := drawGrid(all, placesOf(all), file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for said, times := range map[string]int{"redis: fix p<": 1, ">2 of 2<": 1, ">0 of 1<": 1, ">not tried<": 2, "nginx": 0,
		`fill="` + shade(1) + `"`: 1, `fill="` + shade(0) + `"`: 1} {
		if got := strings.Count(string(text), said); got != times {
			t.Errorf("%q is %d times in it, want %d", said, got, times)
		}
	}
}

// TestWaited counts what SPOTOS and livepatch wait, and how long was waited in vain.
func TestWaited(t *testing.T) {
	applied, klp := result(experiment.Auto, experiment.Applied, 3), result(experiment.Livepatch, experiment.Applied, 4)
	never := result(experiment.Retry, experiment.GivenUp, 7)
	applied.Wait, klp.Mixed, never.Armed = 2*time.Second, time.Second, 3*time.Second
	var got []float64
	for _, r := range []experiment.Result{applied, klp, never} {
		got = append(got, waited(r).Seconds())
	}
	if diff := cmp.Diff([]float64{2, 1, 4}, got); diff != "" {
		t.Error(diff)
	}
}
