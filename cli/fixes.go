// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"spotos/patchset/fixes"
	"spotos/patchset/source"
	"spotos/session"
)

// patchFixesCommand returns the command patch fixes.
func (f *flags) patchFixesCommand() *cobra.Command {
	var x fixFlags
	var filter fixes.Filter
	cmd := &cobra.Command{Use: "fixes", Args: noArgs, PreRunE: f.load,
		Short: "List what a newer kernel source fixes that this kernel lacks",
		Long: `Compares the source that the kernel was built from with a newer version of Debian's, function by function,
and lists what differs: by file and function, whether it can become a patch, whether this machine uses it, and the
titles and CVEs of the changelog. The sources are downloaded as Debian's packages, which is said before, and kept in
--cache. The first time takes a minute or two, later times some seconds. Nothing is compiled, and nothing is changed.

PATCH is judged by the text alone. "likely": bodies of functions change; "doubtful" and "refused" say why. The answer is
what spotos patch build says.

HERE is whether the kernel uses the file: built in, or part of a module that is loaded or not. "unknown" is a header, or
another kernel than the one that runs. Whether anybody calls a function is not known without watching it: spotos watch.

A changelog names no files. A fix stands at a function if its title names it and the function differs in one file of the
title's subsystem. "guessed" fixes are put where most words of the title are, which is wrong at times; those with no
place stand at the end.`,
		Example: `  spotos patch fixes --subsystem net/ipv4
  spotos patch fixes --to 6.1.192-2 --cve CVE-2026-97901
  spotos patch build --to 6.1.192-2 --file net/netlink/genetlink.c`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.listFixes(cmd.Context(), &x, filter) }}
	flags := cmd.Flags()
	f.registerSource(flags, &x)
	flags.StringVar(&x.to, "to", "", "newer `version` of Debian's kernel source (default: the newest that apt knows)")
	flags.StringVar(&filter.CVE, "cve", "", "list only what is put down to this `CVE`")
	flags.StringVar(&filter.Subsystem, "subsystem", "", "list only files below this `path` of the source, such as net")
	flags.StringVar(&filter.Word, "word", "", "list only what has this `word` in its file, function or title")
	return cmd
}

// listFixes prints what the newer source has.
func (f *flags) listFixes(ctx context.Context, x *fixFlags, filter fixes.Filter) error {
	if err := x.checkSource(); err != nil {
		return err
	}
	if filter.CVE = strings.ToUpper(filter.CVE); filter.CVE != "" && !source.IsCVE(filter.CVE) {
		return usageError{fmt.Errorf("--cve %s is no number such as CVE-2026-97901: --word looks for words", filter.CVE)}
	}
	x.cache = f.cache
	list, err := x.lacking(ctx, filter)
	if err != nil {
		return err
	}
	if list.From == list.To {
		note(fmt.Sprintf("kernel %s was built from %s, and there is nothing newer", list.Kernel, list.From))
		return printAll(f, []session.Fix{})
	}
	return f.printFixes(list)
}
