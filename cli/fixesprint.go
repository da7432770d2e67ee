// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"spotos/session"
)

// printFixes prints what was found, a line for each function or file, and one more for each further title.
func (f *flags) printFixes(list session.FixList) error {
	if f.json {
		return printAll(f, list.Fixes)
	}
	if len(list.Fixes) == 0 {
		note(fmt.Sprintf("nothing that matches differs between %s and %s", list.From, list.To))
		return nil
	}
	w := tabwriter.NewWriter(f.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FILE\tFUNCTION\tPATCH\tHERE\tFIXES")
	for _, row := range list.Fixes {
		patch := string(row.Patch)
		if row.Why != "" {
			patch += ": " + row.Why
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t", cmp.Or(row.File, "?"), cmp.Or(row.Function, "-"), patch, row.Here)
		for i, fix := range row.Fixes {
			if i > 0 {
				fmt.Fprint(w, "\n\t\t\t\t")
			}
			fmt.Fprint(w, session.Plain(fix.String()))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
