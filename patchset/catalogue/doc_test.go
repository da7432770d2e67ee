// SPDX-License-Identifier: GPL-2.0-only

package catalogue

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/catalogue.md")

const document = "../../docs/catalogue.md"

const docHead = `# The catalogue

Fixes that Debian's newer kernels have and an older one lacks, each made into a patch by its recipe. This page is made
from the recipes and from figures: ` + "`make patches-lab`" + ` builds all patches, measures them and writes it.

    spotos patch recipes                      # what there is
    spotos patch build --recipe unix-ioctl    # one of them, for the kernel that runs
    make patches                              # all of them, for the lab's kernels

A recipe (` + "`patchset/catalogue/recipes/NAME/recipe.toml`" + `) names versions of Debian's source, files and
functions; it has no code of the kernel. Beside it stands a program, if the effect can be seen from outside: it
prints one thing before the patch is applied and after it was reverted, and another while it is. Versions leave Debian's
archive with time: a recipe whose source is gone is skipped.
`

const docFigures = `
## Measured

Each patch was applied and reverted in the lab's VM (QEMU, TCG, 2 CPUs), *rounds* times, while the lab's TCP traffic
ran, and its program over and over. The program was asked after each switch, and the kernel warned of nothing. Then the
same with ` + "`--strategy retry`" + `, which tries once a second, a quarter as often. *Wait* is from arming to the
switch, *stop* how long all CPUs stood still: median / longest of both directions. *Build* is one
` + "`spotos patch build`" + ` with the sources in the cache, on a busy machine. The VM's times are for comparing.
`

// TestDoc compares docs/catalogue.md with what the recipes and the figures say.
func TestDoc(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(docHead)
	releases := []string{}
	for _, r := range all {
		for _, release := range r.Releases() {
			if !slices.Contains(releases, release) {
				releases = append(releases, release)
			}
		}
	}
	slices.Sort(releases)
	headed := false
	for _, release := range releases {
		m := read(t, release)
		if m == nil {
			continue
		}
		if !headed {
			b.WriteString(docFigures)
			headed = true
		}
		m.table(&b, all, release)
	}
	b.WriteString("\n## What each fixes\n")
	for _, r := range all {
		entry(&b, r)
	}
	if *update {
		if err := os.WriteFile(document, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("docs/catalogue.md is not what go test ./patchset/catalogue -run Doc -update writes:\n%s", diff)
	}
}

// made is what became of a recipe, as spotos patch recipes --build writes it.
type made struct {
	Recipe, Outcome string
	Seconds         float64
	Functions       []struct{ Name, Object string }
}

// measured is what make patches-lab found out about the patches of a kernel.
type measured struct {
	built   map[string]made
	figures map[string]float64
}

// read reads the figures of a kernel; nil where there are none yet.
func read(t *testing.T, release string) *measured {
	t.Helper()
	m := &measured{}
	var built []made
	var report struct{ Figures map[string]float64 }
	for name, into := range map[string]any{release + ".built.json": &built, release + ".json": &report} {
		text, err := os.ReadFile(filepath.Join("measured", name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m.figures = report.Figures
	m.built = make(map[string]made)
	for _, one := range built {
		m.built[one.Recipe] = one
	}
	return m
}

// table writes what was measured of the patches of a kernel.
func (m *measured) table(b *strings.Builder, all []*Recipe, release string) {
	fmt.Fprintf(b, "\n### %s\n\n", release)
	b.WriteString("| fix | functions | rounds | build | before, applied, after | wait | stop |")
	b.WriteString(" wait with retry | stop |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		built, is := m.built[r.Name]
		if r.For(release) == nil || !is {
			continue
		}
		state := built.Outcome
		switch {
		case m.figures[r.Name+"_failed"] != 0:
			state = "failed in the lab"
		case state == "built" && m.figures[r.Name+"_switches"] == 0:
			state = "not tried"
		}
		if state != "built" {
			fmt.Fprintf(b, "| `%s` | %s | | | | | | | |\n", r.Name, state)
			continue
		}
		var functions []string
		for _, f := range built.Functions {
			name := "`" + f.Name + "`"
			if f.Object != "vmlinux" {
				name += " of " + f.Object
			}
			functions = append(functions, name)
		}
		answer := "not seen from outside"
		if r.Show != nil {
			answer = strings.Join([]string{r.Show.Before, r.Show.Applied, r.Show.Before}, ", ")
		}
		fmt.Fprintf(b, "| `%s` | %s | %.0f | %.0f s | %s | %s | %s | %s | %s |\n", r.Name,
			strings.Join(functions, ", "), m.figures[r.Name+"_switches"]/2, built.Seconds, answer, m.pair(r.Name+"_wait"),
			m.pair(r.Name+"_stop"), m.pair(r.Name+"_retry_wait"), m.pair(r.Name+"_retry_stop"))
	}
}

// pair returns the median and the longest of a figure, for people.
func (m *measured) pair(name string) string {
	return span(m.figures[name+"_median_ns"]) + " / " + span(m.figures[name+"_longest_ns"])
}

// span writes nanoseconds with two or three digits.
func span(ns float64) string {
	d := time.Duration(ns)
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			name := strings.TrimLeft(strings.Replace(unit.String(), "µ", "u", 1), "1")
			if d >= 10*unit {
				return fmt.Sprintf("%.0f %s", float64(d)/float64(unit), name)
			}
			return fmt.Sprintf("%.1f %s", float64(d)/float64(unit), name)
		}
	}
	return fmt.Sprintf("%d ns", d)
}

// entry writes what a recipe says.
func entry(b *strings.Builder, r *Recipe) {
	fmt.Fprintf(b, "\n### %s\n%s (%s).\n\n%s\n\nShown: %s\n\n", r.Name, r.Title, r.Severity, strings.TrimSpace(r.Fixes),
		strings.TrimSpace(r.Shown))
	for _, k := range r.Kernels {
		part := "all that changed"
		if len(k.Functions) > 0 {
			part = "`" + strings.Join(k.Functions, "`, `") + "`"
		}
		fmt.Fprintf(b, "- %s, source %s to %s:\n  %s of `%s`\n", k.Release, k.From, k.To, part,
			strings.Join(k.Files, "`, `"))
	}
	for _, title := range r.Changelog {
		fmt.Fprintf(b, "- Debian's changelog: \"%s\"\n", title)
	}
	for _, ref := range slices.Concat(r.CVE, r.Commit) {
		fmt.Fprintf(b, "- %s\n", ref)
	}
}
