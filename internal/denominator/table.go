// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"spotos/patchset/source"
)

// share writes a part of a number, with percent.
func share(part, of int) string {
	if of == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%.1f %%)", part, 100*float64(part)/float64(of))
}

// count returns how many records a condition holds for.
func count(records []record, is func(record) bool) int {
	n := 0
	for _, r := range records {
		if is(r) {
			n++
		}
	}
	return n
}

// writeTable writes what came of the sample as a document.
func (s *sample) writeTable(records []record, l *loaded) error {
	var out strings.Builder
	fmt.Fprintf(&out, `# How many fixes become patches
<!-- Generated: make denominator writes this file. -->

A random %d (seed %d) of the %d files of C that Debian's kernel %s is compiled of and that
differ between its source %s and %s. Each file's whole difference was taken as one patch, by
`+"`spotos patch build`"+`'s own way. That is a file's fixes of many months: a single one is smaller,
and refused less often.

`, len(records), s.seed, len(s.files), s.kernel.Release, s.from, s.to)
	writeOutcomes(&out, records)
	s.writeReasons(&out, records)
	if l != nil {
		s.writeLoaded(&out, records, l)
	}
	if s.table == "" {
		fmt.Print(out.String())
		return nil
	}
	return source.WriteWhole(s.table, func(file *os.File) error {
		_, err := file.WriteString(out.String())
		return err
	})
}

// writeOutcomes writes how many became what: of all files, of those that change bodies of functions alone, and of those
// among them whose changes stand by themselves. The others do not compile without a change of another file, which
// declares what their bodies use: they are parts of greater fixes.
func writeOutcomes(out *strings.Builder, records []record) {
	bodies := slices.DeleteFunc(slices.Clone(records), func(r record) bool { return !r.Bodies })
	apart := slices.DeleteFunc(slices.Clone(bodies), func(r record) bool { return !r.alone() })
	out.WriteString("| | all files | bodies of functions alone | of these, complete without another file's change |\n" +
		"|---|---|---|---|\n")
	row := func(what string, is func(record) bool) {
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", what, share(count(records, is), len(records)),
			share(count(bodies, is), len(bodies)), share(count(apart, is), len(apart)))
	}
	row("files", func(record) bool { return true })
	for _, o := range []struct {
		outcome outcome
		what    string
	}{{patch, "became a patch"}, {same, "nothing to patch: the code is the same"}, {refusedAs, "refused"},
		{failed, "failed"}} {
		row(o.what, func(r record) bool { return r.Outcome == o.outcome })
	}
	changing := slices.DeleteFunc(apart, func(r record) bool { return r.Outcome == same })
	fmt.Fprintf(out, "\nOf the files whose change is in bodies of functions alone and complete, and changes the code,\n"+
		"%s became patches.\n",
		share(count(changing, func(r record) bool { return r.Outcome == patch }), len(changing)))
}

// writeReasons writes why files were refused. A file counts for each kind of reason that it has.
func (s *sample) writeReasons(out *strings.Builder, records []record) {
	kinds, alone := make(map[string]int), make(map[string]int)
	for _, r := range records {
		if r.Outcome != refusedAs && r.Outcome != failed {
			continue
		}
		own := make(map[string]bool)
		for _, why := range r.Reasons {
			own[why.Kind] = true
		}
		for kind := range own {
			kinds[kind]++
			if len(own) == 1 {
				alone[kind]++
			}
		}
	}
	out.WriteString("\nWhy files were refused; one may have several reasons:\n\n| reason | files | the only one |\n" +
		"|---|---|---|\n")
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		return cmp.Or(kinds[b]-kinds[a], cmp.Compare(a, b))
	}) {
		fmt.Fprintf(out, "| %s | %d | %d |\n", kind, kinds[kind], alone[kind])
	}
}

// writeLoaded writes what the VM said.
func (s *sample) writeLoaded(out *strings.Builder, records []record, l *loaded) {
	bad := func(m map[string]string) int {
		n := 0
		for _, why := range m {
			if why != "" {
				n++
			}
		}
		return n
	}
	warned := "Its kernel warned of nothing."
	if l.Code != 0 {
		warned = fmt.Sprintf("The VM ended with exit code %d.", l.Code)
	}
	for _, warning := range l.Warnings {
		warned += "\nIts kernel warned: `" + warning + "`."
	}
	fmt.Fprintf(out, "\n"+
		"In one VM of that kernel, %d of the %d patches could not be loaded, since the driver that they\n"+
		"lead into finds no hardware there. Of the others %d of %d loaded, every reference resolved, and of a\n"+
		"random %d of those %d were applied and reverted. `spotos patch check` accepted %d of %d.\n%s\n",
		len(l.Absent), len(l.Absent)+len(l.Loaded), len(l.Loaded)-bad(l.Loaded), len(l.Loaded), len(l.Applied),
		len(l.Applied)-bad(l.Applied), len(l.Judged)-bad(l.Judged), len(l.Judged), warned)
	for _, group := range []map[string]string{l.Judged, l.Loaded, l.Applied} {
		for _, module := range slices.Sorted(maps.Keys(group)) {
			if group[module] != "" {
				fmt.Fprintf(out, "\n- %s: %s", module, strings.ReplaceAll(group[module], "\n", "; "))
			}
		}
	}
	out.WriteString("\n")
}
