// SPDX-License-Identifier: GPL-2.0-only

// Package bench measures SPOTOS on the running kernel, each figure beside its baseline in the same run. It loads the
// machine and switches functions: run it in the lab's VM only.
package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/stats"
)

// A Report holds the results of a benchmark.
type Report struct {
	Bench   string             `json:"bench"`
	Kernel  string             `json:"kernel"`
	Figures map[string]float64 `json:"figures"` // nanoseconds, instructions, counts or ratios, as their names say
	rows    [][]string
}

// row adds a line to the table for people.
func (r *Report) row(cells ...any) {
	line := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case time.Duration:
			line[i] = c.String()
			if c >= 10*time.Microsecond {
				line[i] = c.Round(100 * time.Nanosecond).String()
			}
		case float64:
			line[i] = fmt.Sprintf("%.2f", c)
		default:
			line[i] = fmt.Sprint(c)
		}
	}
	r.rows = append(r.rows, line)
}

// Print writes the table and, as the last line, the figures as JSON.
func (r *Report) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, Linux %s\n", r.Bench, r.Kernel)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, line := range r.rows {
		fmt.Fprintln(w, strings.Join(line, "\t")+"\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

var benches = map[string]func(*Report) error{
	"stop-window": stopWindow,
	"long-arming": longArming,
	"trigger":     trigger,
	"catch":       catch,
	"crowd":       crowd,
	"overhead":    overhead,
	"nudge":       nudge,
	"stall":       stall,
	"peers":       peers,
	"patches":     patches,
}

// Names lists the benchmarks.
func Names() []string {
	var names []string
	for name := range benches {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Run runs one benchmark.
func Run(name string) (*Report, error) {
	run := benches[name]
	if run == nil {
		return nil, fmt.Errorf("no benchmark %q: there are %s", name, strings.Join(Names(), ", "))
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return nil, fmt.Errorf("asking for the kernel's release: %w", err)
	}
	r := &Report{Bench: name, Kernel: unix.ByteSliceToString(uts.Release[:]), Figures: map[string]float64{}}
	if err := run(r); err != nil {
		return nil, fmt.Errorf("measuring %s: %w", name, err)
	}
	return r, nil
}

func quantile[T cmp.Ordered](values []T, q float64) T { return stats.Quantile(values, q) }

func median[T cmp.Ordered](values []T) T { return quantile(values, 0.5) }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
