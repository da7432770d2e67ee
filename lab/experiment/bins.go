// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"time"

	"spotos/internal/stats"
	"spotos/lab/load"
)

// BinLength is how much time a bin has.
const BinLength = 100 * time.Millisecond

// A Bin is what clients saw in a tenth of a second.
type Bin struct {
	Start    time.Duration `json:"start"`    // since the command began; negative before
	Requests int           `json:"requests"` // that ended in it
	P50      time.Duration `json:"p50"`
	P99      time.Duration `json:"p99"`
	Longest  time.Duration `json:"longest"`
	Faults   int           `json:"faults"`
}

// Seen is what clients saw in a phase of a trial.
type Seen struct {
	Seconds  float64       `json:"seconds"`
	Requests int           `json:"requests"` // that ended in it
	P50      time.Duration `json:"p50"`
	P99      time.Duration `json:"p99"`
	Longest  time.Duration `json:"longest"` // of all requests that it met, also those that ended after it
}

// PerSecond is the throughput.
func (s Seen) PerSecond() float64 {
	if s.Seconds == 0 {
		return 0
	}
	return float64(s.Requests) / s.Seconds
}

// Faults count what went wrong.
type Faults struct {
	Resets      int `json:"resets"`
	Interrupted int `json:"interrupted"` // system calls that returned EINTR to a client
	Failed      int `json:"failed"`      // other errors, and wrong answers
	Unanswered  int `json:"unanswered"`  // requests that had no answer three minutes after their trial
	Ended       int `json:"ended"`       // servers that ended by themselves: 1 or 0
}

// Sum is the number of all of them.
func (f Faults) Sum() int { return f.Resets + f.Interrupted + f.Failed + f.Unanswered + f.Ended }

// Plus adds others to them.
func (f Faults) Plus(g Faults) Faults {
	return Faults{f.Resets + g.Resets, f.Interrupted + g.Interrupted, f.Failed + g.Failed, f.Unanswered + g.Unanswered,
		f.Ended + g.Ended}
}

// countFaults counts the faults of requests.
func countFaults(samples []load.Sample) Faults {
	var f Faults
	for _, s := range samples {
		switch s.Fault {
		case "":
		case load.Reset:
			f.Resets++
		case load.Interrupted:
			f.Interrupted++
		case load.Unanswered:
			f.Unanswered++
		default:
			f.Failed++
		}
	}
	return f
}

// look returns what clients saw from one time to another.
func look(samples []load.Sample, from, to time.Time) Seen {
	seen := Seen{Seconds: to.Sub(from).Seconds(), Longest: longest(samples, from, to)}
	var took []time.Duration
	for _, s := range samples {
		if end := s.End(); end >= from.UnixNano() && end < to.UnixNano() && s.Fault == "" && !s.Open {
			took = append(took, time.Duration(s.Took))
		}
	}
	seen.Requests, seen.P50, seen.P99 = len(took), stats.Quantile(took, 0.5), stats.Quantile(took, 0.99)
	return seen
}

// longest returns how long the longest request took of those under way at any moment between two times.
func longest(samples []load.Sample, from, to time.Time) time.Duration {
	most := time.Duration(0)
	for _, s := range samples {
		if s.End() >= from.UnixNano() && s.Begin < to.UnixNano() {
			most = max(most, time.Duration(s.Took))
		}
	}
	return most
}

// bins cuts the time between two moments into tenths of a second from the command's begin on, forwards and backwards. A
// request belongs to that in which it ended.
func bins(samples []load.Sample, from, begin, to time.Time) []Bin {
	first := -int(begin.Sub(from) / BinLength)
	count := int(to.Sub(begin)/BinLength) - first
	if count <= 0 {
		return nil
	}
	took := make([][]time.Duration, count)
	all := make([]Bin, count)
	for i := range all {
		all[i].Start = time.Duration(first+i) * BinLength
	}
	for _, s := range samples {
		at := time.Duration(s.End()-begin.UnixNano()) - all[0].Start
		i := int(at / BinLength)
		switch {
		case at < 0 || i >= count || s.Open:
		case s.Fault != "":
			all[i].Faults++
		default:
			took[i] = append(took[i], time.Duration(s.Took))
		}
	}
	for i, t := range took {
		all[i].Requests, all[i].P50, all[i].P99, all[i].Longest =
			len(t), stats.Quantile(t, 0.5), stats.Quantile(t, 0.99), stats.Quantile(t, 1)
	}
	return all
}
