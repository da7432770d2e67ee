// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// report writes the tables and the figures.
func report(store *experiment.Store, o options) error {
	cases := slices.DeleteFunc(slices.Clone(store.Kept), func(r experiment.Result) bool {
		kind, _ := r.Size()
		return kind != ""
	})
	text := strings.Join([]string{applied(cases), disturbed(cases), watched(cases),
		growthTable(store.Kept, experiment.Connections), growthTable(store.Kept, experiment.Functions)}, "\n")
	name := cmp.Or(o.document, filepath.Join(o.dir, "tables.md"))
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the tables: %w", err)
	}
	return figures(store, cases, o.dir)
}

// setting is a row of a table.
type setting struct{ kernel, server, patch string }

func settingOf(r experiment.Result) setting { return setting{r.Kernel, r.Server, r.Patch} }

// settings lists them in order.
func settings(all []experiment.Result) []setting {
	var list []setting
	for _, r := range all {
		list = append(list, settingOf(r))
	}
	slices.SortFunc(list, func(a, b setting) int {
		return cmp.Or(cmp.Compare(a.kernel, b.kernel), cmp.Compare(a.server, b.server), cmp.Compare(a.patch, b.patch))
	})
	return slices.Compact(list)
}

// of returns the results of a strategy, in one setting if that is not nil.
func of(all []experiment.Result, strategy string, in *setting) []experiment.Result {
	return slices.DeleteFunc(slices.Clone(all), func(r experiment.Result) bool {
		return r.Strategy != strategy || in != nil && settingOf(r) != *in
	})
}

// used lists the strategies that apply something and that results have, in their order.
func used(all []experiment.Result) []string {
	return slices.DeleteFunc(experiment.Strategies(), func(s string) bool {
		return s == experiment.Nothing || s == experiment.Watch || len(of(all, s, nil)) == 0
	})
}

// times returns one time of each result.
func times(all []experiment.Result, figure func(experiment.Result) time.Duration) []time.Duration {
	list := make([]time.Duration, len(all))
	for i, r := range all {
		list[i] = figure(r)
	}
	return list
}

// applied is the table of how many trials applied, and how long that took from the command's start.
func applied(all []experiment.Result) string {
	strategies := used(all)
	var out strings.Builder
	out.WriteString("Applied, of so many trials; from the command's start until all calls ran the new code, median and " +
		"95 %\ninterval of those that applied; in brackets how long it took to give up.\n\n")
	head(&out, append([]string{"kernel", "server", "patch"}, strategies...))
	for _, s := range settings(all) {
		cells := []string{s.kernel, s.server, s.patch}
		for _, strategy := range strategies {
			cells = append(cells, appliedCell(of(all, strategy, &s)))
		}
		line(&out, cells)
	}
	return out.String()
}

func appliedCell(results []experiment.Result) string {
	given := func(r experiment.Result) bool { return r.Outcome != experiment.Applied }
	done := slices.DeleteFunc(slices.Clone(results), given)
	switch {
	case len(results) == 0:
		return "-"
	case len(done) == 0:
		return fmt.Sprintf("**0/%d** (%s)", len(results), seconds(stats.Median(times(results, took))))
	}
	return fmt.Sprintf("%d/%d, %s", len(done), len(results), interval(times(done, took), seconds))
}

// interval writes a median with its interval.
func interval(values []time.Duration, write func(time.Duration) string) string {
	if len(values) == 1 {
		return write(values[0])
	}
	low, high := stats.Interval(values, stats.Median, 1)
	return fmt.Sprintf("%s [%s, %s]", write(stats.Median(values)), write(low), write(high))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
}

// head writes the head of a table.
func head(out *strings.Builder, cells []string) {
	line(out, cells)
	line(out, slices.Repeat([]string{"---"}, len(cells)))
}

func line(out *strings.Builder, cells []string) {
	fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
}
