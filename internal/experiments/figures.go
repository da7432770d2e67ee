// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// Where a figure of latencies begins and ends, from when a trial's command was done or gave up.
const (
	aroundFrom = -4 * time.Second
	aroundTo   = 2 * time.Second
)

// Waits below this many seconds are drawn as if they were as long: a logarithm has no 0.
const shortest = 1e-4

// told are the strategies whose latencies are drawn: more lines cannot be told apart.
var told = []string{experiment.Nothing, experiment.Retry, experiment.Livepatch, experiment.SafePoint, experiment.Auto}

// figures draws what is kept into a directory: the cases apart from those that show growth.
func figures(store *experiment.Store, cases []experiment.Result, dir string) error {
	for name, draw := range map[string]func(file string) error{
		"applied": func(file string) error { return drawApplied(cases, took, "the command was typed", file) },
		"wait": func(file string) error {
			return drawApplied(cases, waited, "it was armed; of livepatch: since the first task was switched", file)
		},
		"grid":               func(file string) error { return drawGrid(cases, placesOf(cases), file) },
		"differ":             func(file string) error { return drawGrid(cases, whereTheyDiffer(cases), file) },
		"latency":            func(file string) error { return drawLatency(store, cases, file) },
		"growth-connections": func(file string) error { return drawGrowth(store.Kept, experiment.Connections, file) },
		"growth-functions":   func(file string) error { return drawGrowth(store.Kept, experiment.Functions, file) },
	} {
		if err := draw(filepath.Join(dir, name+".svg")); err != nil {
			return fmt.Errorf("drawing %s: %w", name, err)
		}
	}
	return nil
}

// took is how long a trial took from the command on, applied or given up.
func took(r experiment.Result) time.Duration { return r.Took }

// waited is how long a trial waited for its safe points: with SPOTOS from the arming on, with livepatch from when the
// first task had been switched until the last had.
func waited(r experiment.Result) time.Duration {
	switch {
	case r.Strategy == experiment.Livepatch && r.Outcome == experiment.Applied:
		return r.Mixed
	case r.Outcome == experiment.Applied:
		return r.Wait
	}
	return r.Took - r.Armed
}

// drawApplied draws for each strategy which share of all trials had applied the patch after a time. A line that does
// not reach 1 gave some up.
func drawApplied(all []experiment.Result, after func(experiment.Result) time.Duration, since, file string) error {
	p, names := newPlot("Share of trials in which all calls run the new code"), newNames()
	p.X.Label.Text = "seconds since " + since
	p.Y.Label.Text = "share"
	p.Y.Min, p.Y.Max = 0, 1
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	last := shortest
	for _, r := range all {
		last = max(last, after(r).Seconds())
	}
	for _, strategy := range used(all) {
		if err := addLine(p, &names, strategy, ecdf(of(all, strategy, nil), after, last)); err != nil {
			return err
		}
	}
	p.X.Min, p.X.Max = shortest, max(last, 2*shortest)
	return save(p, names, file)
}

// ecdf returns the steps of a distribution of times up to last, in seconds, to a share below 1 if some gave up.
func ecdf(results []experiment.Result, after func(experiment.Result) time.Duration, last float64) plotter.XYs {
	var applied []float64
	for _, r := range results {
		if r.Outcome == experiment.Applied {
			applied = append(applied, max(after(r).Seconds(), shortest))
		}
	}
	slices.Sort(applied)
	steps := plotter.XYs{{X: shortest, Y: 0}}
	for i, t := range applied {
		before, after := float64(i)/float64(len(results)), float64(i+1)/float64(len(results))
		steps = append(steps, plotter.XY{X: t, Y: before}, plotter.XY{X: t, Y: after})
	}
	return append(steps, plotter.XY{X: last, Y: float64(len(applied)) / float64(len(results))})
}

// drawLatency draws for each strategy the median over all trials of the longest request in each tenth of a second.
func drawLatency(store *experiment.Store, cases []experiment.Result, file string) error {
	p, names := newPlot("The longest request in each tenth of a second, median over all trials"), newNames()
	p.X.Label.Text = "seconds since all calls run the new code, or it was given up"
	p.Y.Label.Text = "ms"
	p.Y.Min = 0
	drawn := false
	for _, strategy := range told {
		points, err := latencies(store, of(cases, strategy, nil))
		if err != nil {
			return err
		}
		if len(points) == 0 {
			continue
		}
		if err := addLine(p, &names, strategy, points); err != nil {
			return err
		}
		drawn = true
	}
	if !drawn { // nobody measured
		return nil
	}
	return save(p, names, file)
}

func latencies(store *experiment.Store, results []experiment.Result) (plotter.XYs, error) {
	at := map[time.Duration][]time.Duration{}
	for _, r := range results {
		if r.Before.Requests == 0 {
			continue
		}
		bins, err := store.Bins(r)
		if err != nil {
			return nil, err
		}
		end := time.Duration(r.During.Seconds * float64(time.Second))
		for _, b := range bins {
			start := (b.Start - end).Round(experiment.BinLength)
			at[start] = append(at[start], b.Longest)
		}
	}
	var points plotter.XYs
	for start := aroundFrom; start < aroundTo; start += experiment.BinLength {
		if list := at[start]; len(list) > 0 {
			points = append(points, plotter.XY{X: start.Seconds(),
				Y: float64(stats.Median(list)) / float64(time.Millisecond)})
		}
	}
	return points, nil
}
