// SPDX-License-Identifier: GPL-2.0-only

package session

import "fmt"

// Gaps are the runs of a function's probes that are known to be missing from its count.
type Gaps struct {
	Missed  uint64 // calls that could not be counted
	Entries uint64 // entries that the kernel skipped: the count may be too low by as many
	Exits   uint64 // exits that the kernel skipped: the count may be too high by as many
}

// Total returns how many runs are missing.
func (g Gaps) Total() uint64 { return g.Missed + g.Entries + g.Exits }

// Doubt returns why a count of a function cannot be vouched for, "" where it can. probes is what is wrong with the
// probes as a whole, if anything. A zero is doubted as any other count is.
func (g Gaps) Doubt(count int64, probes string) string {
	switch {
	case count < 0:
		return "the count is below zero: a run of a probe was missed"
	case g.Missed > 0:
		return fmt.Sprintf("%d calls could not be counted", g.Missed)
	case g.Entries > 0:
		return fmt.Sprintf("the kernel skipped %d runs of its entry probe: the count may be too low by as many", g.Entries)
	case g.Exits > 0:
		return fmt.Sprintf("the kernel skipped %d runs of its exit probe: the count may be too high by as many", g.Exits)
	}
	return probes
}

// WhyDoubted returns why the count cannot be vouched for, "" where it can. Runs that are missing without a reason, as in
// a recording of an older version, are one.
func (f FunctionSample) WhyDoubted() string {
	if f.Doubt == "" && f.Missed > 0 {
		return fmt.Sprintf("%d runs of its probe were missed: the count may be wrong", f.Missed)
	}
	return f.Doubt
}

// WhyDoubted returns why the figure of the whole patch cannot be vouched for, and which function it is about; "" where
// it can.
func (s Sampled) WhyDoubted() string {
	for _, f := range s.Functions {
		if why := f.WhyDoubted(); why != "" {
			return f.Name + ": " + why
		}
	}
	return ""
}
