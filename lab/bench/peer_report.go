// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spotos/lab/livepatch"
)

// reportPeers writes a line for each row and direction: medians, and how many were done where not all were.
func reportPeers(r *Report, rows []peerRow, ways []peerWay, results map[string]map[string][]peerResult) {
	with := slices.ContainsFunc(ways, func(w peerWay) bool { return w.name == byLivepatch })
	head := []any{"", "", "command", "console open", "livepatch: left out, no kpatch"}
	if with {
		head = append(head[:4], "livepatch", "mixed", "seen mixed")
	}
	r.row(head...)
	for _, row := range rows {
		for _, what := range []string{"apply", "undo"} {
			line := []any{row.name, what}
			for _, way := range ways {
				all := directions(results[row.name][way.name], what)
				cell, done := peerCell(all)
				line = append(line, cell)
				name := strings.Join([]string{row.name, what, way.name}, "_")
				r.Figures[name+"_done"], r.Figures[name+"_ns"] = done, float64(median(times(all, took)))
			}
			if with {
				all := directions(results[row.name][byLivepatch], what)
				figures := map[string]func(livepatch.Switching) time.Duration{"mixed": mixed, "seen_mixed": seenMixed}
				for figure, of := range figures {
					r.Figures[strings.Join([]string{row.name, what, byLivepatch, figure, "ns"}, "_")] =
						float64(median(times(all, of)))
				}
				line = append(line, median(times(all, mixed)), median(times(all, seenMixed)))
			}
			r.row(line...)
		}
	}
	for _, way := range ways {
		sum := int64(0)
		for _, row := range rows {
			for _, result := range results[row.name][way.name] {
				sum += result.violations
			}
		}
		r.row("", "old and new code met", way.name, sum)
		r.Figures["met_by_"+way.name] = float64(sum)
	}
}

// directions returns the results of one direction, without reverts of what was not applied.
func directions(results []peerResult, what string) []livepatch.Switching {
	var all []livepatch.Switching
	for _, result := range results {
		switch {
		case what == "apply":
			all = append(all, result.apply)
		case result.apply.Done:
			all = append(all, result.undo)
		}
	}
	return all
}

// peerCell returns the median time of those that were done, and their share; where none was, when it was given up.
func peerCell(all []livepatch.Switching) (cell string, share float64) {
	if len(all) == 0 {
		return "-", 0
	}
	done := slices.DeleteFunc(slices.Clone(all), func(s livepatch.Switching) bool { return !s.Done })
	share = float64(len(done)) / float64(len(all))
	switch len(done) {
	case 0:
		return fmt.Sprintf("none of %d, given up after %v", len(all), shortly(median(times(all, took)))), share
	case len(all):
		return shortly(median(times(done, took))).String(), share
	}
	return fmt.Sprintf("%v (%d of %d)", shortly(median(times(done, took))), len(done), len(all)), share
}

func took(s livepatch.Switching) time.Duration      { return s.Took }
func mixed(s livepatch.Switching) time.Duration     { return s.Mixed }
func seenMixed(s livepatch.Switching) time.Duration { return s.Seen }

func times(all []livepatch.Switching, of func(livepatch.Switching) time.Duration) []time.Duration {
	var list []time.Duration
	for _, s := range all {
		list = append(list, of(s))
	}
	return list
}

// shortly rounds a time to what a table needs.
func shortly(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(100 * time.Nanosecond)
}
