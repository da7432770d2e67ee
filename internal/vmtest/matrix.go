// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// column is one thing that is tried on each kernel, and the figures that say more than that it passes.
type column struct {
	name    string
	step    step
	figures []string
}

// columns are what `make test-kernels` tries, in this order in one VM.
var columns = []column{
	{"probes", step{pkg: "probe", run: "Lab(Programs.*|Countable)$"}, nil},
	{"proof", step{pkg: "cli", run: "LabScript/doctor$"}, nil},
	{"main job", step{pkg: "cli", run: "LabScript/main-apply$"}, nil},
	{"nudge", step{pkg: "cli", run: "LabScript/nudge$"}, nil},
	{"pair: rounds, violations", step{pkg: "session/live", run: "LabPair$"}, []string{"rounds", "violations"}},
	{"exact: comparisons, in doubt, differences", step{pkg: "probe", run: "LabExact$"},
		[]string{"comparisons", "in_doubt", "differences"}},
}

// Exit codes of lab exec: see its help.
const (
	kernelWarned = 124
	labFailed    = 125
)

// runMatrix tries all columns on each kernel, one VM after the other, and prints a table of what came out, a line as
// soon as it is known, as docs/kernels.md has it. A kernel is a series under .kernels, or SERIES:PARAMETERS for one
// that is booted with others. The exit code is 1 if anything did not pass.
func runMatrix(ctx context.Context, kernels []string) (int, error) {
	binaries, err := os.MkdirTemp("", "spotos-vmtest")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(binaries)
	all := lane{name: "matrix"}
	for _, c := range columns {
		all.steps = append(all.steps, c.step)
	}
	if err := compile(ctx, binaries, []lane{all}); err != nil {
		return 0, err
	}
	head := []string{"kernel", "build"}
	for _, c := range columns {
		head = append(head, c.name)
	}
	fmt.Printf("%s\n%s\n", line(append(head, "warnings")), strings.Repeat("|---", len(columns)+3)+"|")
	code := 0
	for _, kernel := range kernels {
		series, parameters, _ := strings.Cut(kernel, ":")
		cells, passed, err := all.row(ctx, series, parameters, binaries)
		if err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 1, ctx.Err()
		}
		if !passed {
			code = 1
		}
		fmt.Println(line(append([]string{strings.TrimSpace(series + " " + parameters)}, cells...)))
	}
	return code, nil
}

func line(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// row tries all columns on one kernel, and returns the cells from "build" on.
func (l lane) row(ctx context.Context, series, parameters, binaries string) (cells []string, passed bool, err error) {
	nothing := func(build, warnings string) []string {
		cells := []string{build}
		for range columns {
			cells = append(cells, "-")
		}
		return append(cells, warnings)
	}
	release, err := os.ReadFile(filepath.Join(".kernels", series, "release"))
	if err != nil {
		return nil, false, fmt.Errorf("no kernel %s: lab/fetch-kernels.sh .kernels %s fetches it", series, series)
	}
	if _, err := os.Stat(filepath.Join("build", strings.TrimSpace(string(release)), "spotos.ko")); err != nil {
		return nothing("no", "-"), false, nil
	}
	var out bytes.Buffer
	l.append = parameters
	code, err := l.boot(ctx, &out, series, binaries)
	if err != nil {
		return nil, false, err
	}
	cells, passed = judge(out.String())
	if code != 0 || !passed {
		fmt.Fprintf(os.Stderr, "== kernel %s %s: exit code %d\n%s", series, parameters, code, &out)
	}
	switch code {
	case labFailed:
		return nothing("yes", "the lab failed"), false, nil
	case kernelWarned:
		return append(append([]string{"yes"}, cells...), "yes"), false, nil
	}
	return append(append([]string{"yes"}, cells...), "no"), passed && code == 0, nil
}

// judge returns what an output of all columns' tests says of each, and whether all is well. Each test begins with a
// line that guestScript prints.
func judge(output string) (cells []string, passed bool) {
	said := strings.Split("\n"+output, "\n== /test/")[1:]
	passed = true
	for i, c := range columns {
		cell := "broken off"
		if i < len(said) {
			cell = c.judge("\n" + said[i])
		}
		passed = passed && cell != "broken off" && cell != "fails"
		cells = append(cells, cell)
	}
	return cells, passed
}

func (c column) judge(said string) string {
	switch {
	case strings.Contains(said, "\n--- FAIL") || strings.Contains(said, "\nFAIL"):
		return "fails"
	case !strings.Contains(said, "\nPASS"):
		return "broken off"
	case !strings.Contains(said, "--- PASS"):
		return "skips itself"
	case c.figures == nil:
		return "passes"
	}
	for text := range strings.Lines(said) {
		var found struct{ Figures map[string]int }
		if !strings.HasPrefix(text, `{"bench"`) || json.Unmarshal([]byte(text), &found) != nil {
			continue
		}
		figures := make([]string, len(c.figures))
		for i, name := range c.figures {
			figures[i] = fmt.Sprint(found.Figures[name])
		}
		return strings.Join(figures, ", ")
	}
	return "passes"
}
