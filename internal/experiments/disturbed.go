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
		"command, and what went wrong for clients and servers. Medians with 95 % intervals. Then, of the trials that\n" +
		"applied, those whose longest request at the switch was more than twice the longest of the second before,\n" +
		"and more than twice the longest of all seconds of this server in which nothing was done.\n\n")
	head(&out, []string{"strategy", "trials", "attempts", "stop window", "mixed", "longest request at the switch",
		"longest before", "above twice that", "above twice the longest undisturbed", "resets", "EINTR", "other errors",
		"unanswered", "servers ended"})
	undisturbed := longestUndisturbed(all)
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
			longer(measured, func(r experiment.Result) time.Duration { return r.Before.Longest }),
			longer(measured, func(r experiment.Result) time.Duration { return undisturbed[served{r.Kernel, r.Server}] }),
			strconv.Itoa(faults.Resets), strconv.Itoa(faults.Interrupted), strconv.Itoa(faults.Failed),
			strconv.Itoa(faults.Unanswered), strconv.Itoa(faults.Ended)})
	}
	return out.String()
}

// served is a server on a kernel.
type served struct{ kernel, server string }

// longestUndisturbed returns each server's longest request while nothing was done: before the commands, and in the
// baselines.
func longestUndisturbed(all []experiment.Result) map[served]time.Duration {
	longest := map[served]time.Duration{}
	for _, r := range all {
		at := served{r.Kernel, r.Server}
		longest[at] = max(longest[at], r.Before.Longest)
		if r.Strategy == experiment.Nothing {
			longest[at] = max(longest[at], r.During.Longest)
		}
	}
	return longest
}

// longer writes of how many trials that applied the longest request at the switch was more than twice a time.
func longer(results []experiment.Result, than func(experiment.Result) time.Duration) string {
	applied, above := 0, 0
	for _, r := range results {
		if r.Outcome != experiment.Applied {
			continue
		}
		applied++
		if r.Around > 2*than(r) {
			above++
		}
	}
	if applied == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", above, applied)
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
