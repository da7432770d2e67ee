// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// growing are the results of one kernel and one kind of growth, by size.
type growing struct {
	kernel string
	sizes  map[int][]experiment.Result
}

// grown returns what grows in one way, by kernel.
func grown(all []experiment.Result, kind string) []growing {
	kernels := map[string]growing{}
	for _, r := range all {
		if of, n := r.Size(); of == kind {
			g, known := kernels[r.Kernel]
			if !known {
				g = growing{r.Kernel, map[int][]experiment.Result{}}
				kernels[r.Kernel] = g
			}
			g.sizes[n] = append(g.sizes[n], r)
		}
	}
	return slices.SortedFunc(maps.Values(kernels), func(a, b growing) int { return cmp.Compare(a.kernel, b.kernel) })
}

// measure is a figure that grows, or does not.
type measure struct {
	name   string
	of     func([]experiment.Result) []float64 // a value of each result that has it
	digits int
}

// applying returns a measure of those trials of SPOTOS that applied.
func applying(name string, digits int, unit time.Duration, figure func(experiment.Result) time.Duration) measure {
	return measure{name, func(results []experiment.Result) []float64 {
		var list []float64
		for _, r := range of(results, experiment.Auto, nil) {
			if r.Outcome == experiment.Applied {
				list = append(list, float64(figure(r))/float64(unit))
			}
		}
		return list
	}, digits}
}

// measures are what tables and figures of growth have.
var measures = []measure{
	applying("from the command to armed, s", 2, time.Second, func(r experiment.Result) time.Duration { return r.Armed }),
	applying("from armed to applied, ms", 1, time.Millisecond, func(r experiment.Result) time.Duration { return r.Wait }),
	applying("stop window, ms", 2, time.Millisecond, func(r experiment.Result) time.Duration { return r.Window }),
	{"requests a second while watched, as a share of those unwatched", watchedShare, 2},
}

// watchedShare returns the throughput of each watched trial, as a share of the median of the unwatched.
func watchedShare(results []experiment.Result) []float64 {
	without := rates(of(results, experiment.Nothing, nil))
	if len(without) == 0 {
		return nil
	}
	var list []float64
	for _, rate := range rates(of(results, experiment.Watch, nil)) {
		list = append(list, rate/stats.Median(without))
	}
	return list
}

// growthTable is the table of one kind of growth, "" if nothing was tried.
func growthTable(all []experiment.Result, kind string) string {
	kernels := grown(all, kind)
	if len(kernels) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "How it grows with %s: medians with 95 %% intervals, of `auto` but for the last two columns.\n\n",
		kind)
	cells := []string{"kernel", kind}
	for _, m := range measures {
		cells = append(cells, m.name)
	}
	head(&out, append(cells, "livepatch, s"))
	for _, g := range kernels {
		for _, n := range slices.Sorted(maps.Keys(g.sizes)) {
			cells := []string{g.kernel, strconv.Itoa(n)}
			for _, m := range measures {
				cells = append(cells, numbers(m.of(g.sizes[n]), m.digits))
			}
			line(&out, append(cells, appliedCell(of(g.sizes[n], experiment.Livepatch, nil))))
		}
	}
	return out.String()
}

// numbers writes the median of values with its interval.
func numbers(values []float64, digits int) string {
	switch len(values) {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf("%.*f", digits, values[0])
	}
	low, high := stats.Interval(values, stats.Median, 1)
	return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, stats.Median(values), digits, low, digits, high)
}
