// SPDX-License-Identifier: GPL-2.0-only

package experiment

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// header names the columns of trials.csv; units are in the names. Those of a phase come three times.
func header() []string {
	names := []string{"kernel", "server", "patch", "strategy", "trial", "outcome", "took_us", "armed_us", "wait_us",
		"attempts", "window_us", "mixed_us", "nudges", "holder", "at_zero", "windows_per_s"}
	for _, phase := range []string{"before", "during", "after"} {
		for _, figure := range []string{"seconds", "requests", "p50_us", "p99_us", "longest_us"} {
			names = append(names, phase+"_"+figure)
		}
	}
	return append(names, "around_us", "resets", "interrupted", "failed", "unanswered", "ended")
}

// micros writes a time in microseconds.
func micros(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Microsecond), 'f', -1, 64)
}

func plain(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

// row is the result as header says.
func (r *Result) row() []string {
	row := []string{r.Kernel, r.Server, r.Patch, r.Strategy, strconv.Itoa(r.Number), r.Outcome, micros(r.Took),
		micros(r.Armed), micros(r.Wait), strconv.Itoa(r.Attempts), micros(r.Window), micros(r.Mixed),
		strconv.Itoa(r.Nudges), r.Holder, plain(r.AtZero), plain(r.Windows)}
	for _, s := range []Seen{r.Before, r.During, r.After} {
		row = append(row, strconv.FormatFloat(s.Seconds, 'f', 3, 64), strconv.Itoa(s.Requests), micros(s.P50),
			micros(s.P99), micros(s.Longest))
	}
	return append(row, micros(r.Around), strconv.Itoa(r.Faults.Resets), strconv.Itoa(r.Faults.Interrupted),
		strconv.Itoa(r.Faults.Failed), strconv.Itoa(r.Faults.Unanswered), strconv.Itoa(r.Faults.Ended))
}

// fields reads the fields of a row one after the other, and keeps the first error.
type fields struct {
	row []string
	err error
}

func (f *fields) text() string {
	first := f.row[0]
	f.row = f.row[1:]
	return first
}

func (f *fields) number() float64 {
	n, err := strconv.ParseFloat(f.text(), 64)
	if f.err == nil {
		f.err = err
	}
	return n
}

func (f *fields) int() int { return int(f.number()) }

func (f *fields) time(unit time.Duration) time.Duration {
	return time.Duration(f.number() * float64(unit))
}

func (f *fields) seen() Seen {
	return Seen{Seconds: f.number(), Requests: f.int(), P50: f.time(time.Microsecond), P99: f.time(time.Microsecond),
		Longest: f.time(time.Microsecond)}
}

// ParseResults reads what trials.csv has.
func ParseResults(text []byte) ([]Result, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll() // all have as many fields as the first
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if !slices.Equal(rows[0], header()) {
		return nil, fmt.Errorf("its columns are others than this version writes: it begins with %q", rows[0])
	}
	var all []Result
	for n, row := range rows[1:] {
		f := fields{row: row}
		r := Result{Kernel: f.text(), Trial: Trial{Server: f.text(), Patch: f.text(), Strategy: f.text(), Number: f.int()},
			Outcome: f.text(), Took: f.time(time.Microsecond), Armed: f.time(time.Microsecond),
			Wait: f.time(time.Microsecond), Attempts: f.int(),
			Window: f.time(time.Microsecond), Mixed: f.time(time.Microsecond), Nudges: f.int(), Holder: f.text(),
			AtZero: f.number(), Windows: f.number(),
			Before: f.seen(), During: f.seen(), After: f.seen(), Around: f.time(time.Microsecond)}
		r.Faults = Faults{Resets: f.int(), Interrupted: f.int(), Failed: f.int(),
			Unanswered: f.int(), Ended: f.int()}
		if f.err != nil {
			return nil, fmt.Errorf("line %d: %w", n+2, f.err)
		}
		all = append(all, r)
	}
	return all, nil
}
