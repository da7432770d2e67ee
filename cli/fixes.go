// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"spotos/patchset/fix"
	"spotos/patchset/fixes"
	"spotos/patchset/source"
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
	x.registerSource(flags)
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
	kernel, err := fix.FindKernel(x.kernel)
	if err != nil {
		return err
	}
	store := &source.Store{Dir: x.cache, Say: note}
	from, err := builtFrom(kernel)
	if err != nil {
		return err
	}
	if x.to == "" {
		if x.to, err = newest(ctx, store, from); err != nil {
			return err
		}
	}
	if x.to == from {
		note(fmt.Sprintf("kernel %s was built from %s, and there is nothing newer", kernel.Release, from))
		return printAll(f, []listedFix{})
	}
	original, err := x.original(ctx, store, kernel)
	if err != nil {
		return err
	}
	newer, err := store.Get(ctx, x.to)
	if err != nil {
		return err
	}
	files, err := fixes.Survey(ctx, store, source.Pair{Old: original, New: newer}, kernel.Headers)
	if err != nil {
		return err
	}
	changelog, err := newer.Changelog(ctx)
	if err == nil {
		changelog, err = source.Between(changelog, from, x.to)
	}
	if err != nil {
		return err
	}
	var rows []listedFix
	loaded := modulesHere(kernel)
	for _, e := range fixes.Entries(files, fixes.Assign(files, changelog)) {
		if filter.Wants(e) {
			rows = append(rows, listed(e, loaded))
		}
	}
	return f.printFixes(rows, from, x.to)
}

// newest returns the newest version of a version's series.
func newest(ctx context.Context, store *source.Store, from string) (string, error) {
	series, err := source.Series(from)
	if err != nil {
		return "", err
	}
	versions, err := store.Versions(ctx, series)
	switch {
	case err != nil:
		return "", fmt.Errorf("asking apt for the newest source of %s: %w: name a version with --to", series, err)
	case len(versions) == 0:
		return "", fmt.Errorf("apt knows no source of %s: apt-get update, or name a version with --to", series)
	}
	return versions[0], nil
}

// modulesHere returns the modules that are loaded, nil if another kernel is meant or nobody knows.
func modulesHere(kernel *fix.Kernel) map[string]bool {
	var uts unix.Utsname
	if unix.Uname(&uts) != nil || unix.ByteSliceToString(uts.Release[:]) != kernel.Release {
		return nil
	}
	loaded, err := fixes.LoadedModules()
	if err != nil {
		note(err.Error())
	}
	return loaded
}

// listedFix is what --json prints of a function that differs, or of a file.
type listedFix struct {
	File     string        `json:"file"` // "": it is not known where the fix is
	Function string        `json:"function"`
	Change   string        `json:"change"` // body, heading, new, gone; "" for a file
	Patch    fixes.Verdict `json:"patch"`
	Why      string        `json:"why"`
	Parts    []string      `json:"parts"` // vmlinux, or modules
	Here     fixes.Use     `json:"here"`
	Called   string        `json:"called"` // always unknown: nobody has watched
	Fixes    []namedFix    `json:"fixes"`
}

type namedFix struct {
	Title    string   `json:"title"`
	CVEs     []string `json:"cves"`
	Version  string   `json:"version"`
	Upstream string   `json:"upstream"`
	Guessed  bool     `json:"guessed"`
}

// listed turns an entry into what is printed.
func listed(e fixes.Entry, loaded map[string]bool) listedFix {
	l := listedFix{Function: e.Function, Change: e.How(), Patch: fixes.Doubtful, Why: "it is not known where it is",
		Parts: []string{}, Here: fixes.Unknown, Called: string(fixes.Unknown), Fixes: []namedFix{}}
	if e.File != nil {
		l.File, l.Parts, l.Here = e.File.Path, append(l.Parts, e.File.Parts...), e.File.Use(loaded)
		l.Patch, l.Why = e.File.Judge(e.Function)
	}
	for _, fix := range e.Fixes {
		l.Fixes = append(l.Fixes, namedFix{fix.Title, append([]string{}, fix.CVEs...), fix.Version, fix.Upstream,
			fix.Guessed})
	}
	return l
}

// words returns what a title and its CVEs are on one line.
func (n namedFix) words() string {
	text := n.Title
	if len(n.CVEs) > 0 {
		text += " (" + strings.Join(n.CVEs, ", ") + ")"
	}
	if n.Guessed {
		text += ", guessed"
	}
	return text
}
