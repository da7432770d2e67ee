// SPDX-License-Identifier: GPL-2.0-only

package session

// NotCounted is the Doubt of a function that has no probe.
const NotCounted = "not counted: no probe"

// Gaps counts the runs of a function's probes that its count lacks, as far as is known.
type Gaps struct {
	Missed  uint64 // calls that the probe could not count
	Entries uint64 // entries that the kernel skipped: the count may be too low by as many
	Exits   uint64 // exits that the kernel skipped: the count may be too high by as many
	// Uncounted says why the function has no probes, "" if it has. Its count is that of the calls on the stacks of tasks
	// that slept when it was taken.
	Uncounted string
}

// Total returns the number of missing runs.
func (g Gaps) Total() uint64 { return g.Missed + g.Entries + g.Exits }

// Doubt returns why a function's count may be wrong, "" if it is right. probes says what is wrong with the probes as a
// whole, "" if nothing is. A zero is doubted like any other count.
func (g Gaps) Doubt(count int64, probes string) string {
	switch {
	case g.Uncounted != "":
		return "counted from the stacks of tasks that sleep, so calls that run are not in it: " + g.Uncounted
	case count < 0:
		return "the count is below zero: a run of a probe was missed"
	case g.Missed > 0:
		return Counted(int(g.Missed), "call") + " could not be counted"
	case g.Entries > 0:
		return "the kernel skipped " + Counted(int(g.Entries), "run") +
			" of its entry probe: the count may be too low by as many"
	case g.Exits > 0:
		return "the kernel skipped " + Counted(int(g.Exits), "run") +
			" of its exit probe: the count may be too high by as many"
	}
	return probes
}

// WhyDoubted returns why the count may be wrong, "" if it is right. Missed runs without a Doubt, as recordings of older
// versions have them, are a reason too.
func (f FunctionSample) WhyDoubted() string {
	if f.Doubt == "" && f.Missed > 0 {
		were := "were"
		if f.Missed == 1 {
			were = "was"
		}
		return Counted(int(f.Missed), "run") + " of its probe " + were + " missed: the count may be wrong"
	}
	return f.Doubt
}

// WhyDoubted returns why the count of the whole patch may be wrong, and which function's count is the cause; "" if it
// is right.
func (s Sampled) WhyDoubted() string {
	for _, f := range s.Functions {
		if why := f.WhyDoubted(); why != "" {
			return f.Name + ": " + why
		}
	}
	return ""
}

// Expected returns the forecast, which is unknown while the counts that it was made from may be wrong: a zero window
// that nobody vouches for is no safe moment.
func (s Sampled) Expected() Forecast {
	if s.WhyDoubted() != "" {
		return Forecast{Unknown: "the counts are in doubt"}
	}
	return s.Forecast
}
