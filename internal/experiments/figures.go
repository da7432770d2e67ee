// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// Where a figure of latencies begins and ends, from when a trial's command was done or gave up.
const (
	aroundFrom = -4 * time.Second
	aroundTo   = 2 * time.Second
)

// figures draws what is kept into a directory.
func figures(store *experiment.Store, dir string) error {
	if err := drawApplied(store.Kept, filepath.Join(dir, "applied.svg")); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	if err := drawGrid(store.Kept, filepath.Join(dir, "grid.svg")); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	if err := drawLatency(store, filepath.Join(dir, "latency.svg")); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	return nil
}

// drawApplied draws for each strategy which share of all trials had applied the patch after a time. A line that does
// not reach 1 gave some up.
func drawApplied(all []experiment.Result, file string) error {
	p := plot.New()
	p.Title.Text = "Share of trials in which all calls run the new code"
	p.X.Label.Text = "seconds since the command was typed"
	p.Y.Label.Text = "share"
	p.Y.Min, p.Y.Max, p.X.Min = 0, 1, 0
	p.Legend.Top = false
	var lines []any
	for _, strategy := range used(all) {
		lines = append(lines, strategy, ecdf(of(all, strategy, nil)))
	}
	if err := plotutil.AddLines(p, lines...); err != nil {
		return err
	}
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, file)
}

// ecdf returns the steps of a distribution of times, to a share that is below 1 if some gave up.
func ecdf(results []experiment.Result) plotter.XYs {
	var took []float64
	last := 0.0
	for _, r := range results {
		last = max(last, r.Took.Seconds())
		if r.Outcome == experiment.Applied {
			took = append(took, r.Took.Seconds())
		}
	}
	slices.Sort(took)
	steps := plotter.XYs{{X: 0, Y: 0}}
	for i, t := range took {
		before, after := float64(i)/float64(len(results)), float64(i+1)/float64(len(results))
		steps = append(steps, plotter.XY{X: t, Y: before}, plotter.XY{X: t, Y: after})
	}
	return append(steps, plotter.XY{X: last, Y: float64(len(took)) / float64(len(results))})
}

// drawLatency draws for each strategy the median over all trials of the longest request in each tenth of a second.
func drawLatency(store *experiment.Store, file string) error {
	p := plot.New()
	p.Title.Text = "The longest request in each tenth of a second, median over all trials"
	p.X.Label.Text = "seconds since all calls run the new code, or it was given up"
	p.Y.Label.Text = "ms"
	p.Y.Min = 0
	var lines []any
	for _, strategy := range experiment.Strategies() {
		points, err := latencies(store, of(store.Kept, strategy, nil))
		if err != nil {
			return err
		}
		if len(points) > 0 {
			lines = append(lines, strategy, points)
		}
	}
	if len(lines) == 0 { // nobody measured
		return nil
	}
	if err := plotutil.AddLines(p, lines...); err != nil {
		return err
	}
	p.Legend.Top = true
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, file)
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
