// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// disturbed is the table of what each strategy did to the machine and to the clients, over all servers.
func disturbed(all []experiment.Result) string {
	var out strings.Builder
	out.WriteString("What each way did, over all servers and patches: how long all CPUs stood still at most, how long " +
		"old and\nnew code ran mixed, the longest request within a tenth of a second of the switch and before the\n" +
		"command, and what went wrong for clients and servers. Medians with 95 % intervals.\n\n")
	head(&out, []string{"strategy", "trials", "attempts", "stop window", "mixed", "longest request at the switch",
		"longest before", "resets", "EINTR", "other errors", "unanswered", "servers ended"})
	for _, strategy := range experiment.Strategies() {
		results := of(all, strategy, nil)
		if len(results) == 0 {
			continue
		}
		measured := slices.DeleteFunc(slices.Clone(results), func(r experiment.Result) bool { return r.Before.Requests == 0 })
		attempts := 0
		var faults experiment.Faults
		for _, r := range results {
			attempts += r.Attempts
			faults = faults.Plus(r.Faults)
		}
		line(&out, []string{strategy, strconv.Itoa(len(results)), strconv.Itoa(attempts),
			ifAny(results, func(r experiment.Result) time.Duration { return r.Window }),
			ifAny(results, func(r experiment.Result) time.Duration { return r.Mixed }),
			ifAny(measured, func(r experiment.Result) time.Duration { return r.Around }),
			ifAny(measured, func(r experiment.Result) time.Duration { return r.Before.Longest }),
			strconv.Itoa(faults.Resets), strconv.Itoa(faults.Interrupted), strconv.Itoa(faults.Failed),
			strconv.Itoa(faults.Unanswered), strconv.Itoa(faults.Ended)})
	}
	return out.String()
}

// ifAny writes the median of a time over those results that have it.
func ifAny(results []experiment.Result, figure func(experiment.Result) time.Duration) string {
	list := slices.DeleteFunc(times(results, figure), func(d time.Duration) bool { return d == 0 })
	if len(list) == 0 {
		return "-"
	}
	return interval(list, millis)
}

// watched is the table of what the watch costs: the throughput with it as a ratio to that without.
func watched(all []experiment.Result) string {
	var out strings.Builder
	out.WriteString("Requests a second while the functions are watched, as a ratio to those while nothing is done " +
		"(medians): the\nlower, the dearer. Starting the watch is not in it.\n\n")
	head(&out, []string{"kernel", "server", "patch", "without", "with", "ratio", "time with nobody inside", "how often"})
	for _, s := range settings(all) {
		watches := of(all, experiment.Watch, &s)
		without, with := rates(of(all, experiment.Nothing, &s)), rates(watches)
		if len(without) == 0 || len(with) == 0 {
			continue
		}
		a, b := stats.Median(without), stats.Median(with)
		line(&out, []string{s.kernel, s.server, s.patch, fmt.Sprintf("%.0f/s", a), fmt.Sprintf("%.0f/s", b),
			fmt.Sprintf("%.2f", b/a), share(watches, func(r experiment.Result) float64 { return 100 * r.AtZero }, "%.3g %%"),
			share(watches, func(r experiment.Result) float64 { return r.Windows }, "%.3g/s")})
	}
	return out.String()
}

// share writes the median of a figure.
func share(results []experiment.Result, figure func(experiment.Result) float64, format string) string {
	var list []float64
	for _, r := range results {
		list = append(list, figure(r))
	}
	return fmt.Sprintf(format, stats.Median(list))
}

// rates are the throughputs, without those that nobody measured.
func rates(results []experiment.Result) []float64 {
	var list []float64
	for _, r := range results {
		if r.During.Requests > 0 {
			list = append(list, r.During.PerSecond())
		}
	}
	return list
}
