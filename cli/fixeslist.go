// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/fixes"
	"spotos/patchset/source"
	"spotos/session"
)

// lacking lists what the newer source has and filter wants. It is a *session.DownloadError if a source is not here and
// may not be downloaded.
func (x *fixFlags) lacking(ctx context.Context, filter fixes.Filter) (list session.FixList, err error) {
	defer func() { err = build.Full(err) }()
	kernel, err := fix.FindKernel(x.kernel)
	if err != nil {
		return list, err
	}
	list.Kernel, list.Running = kernel.Release, runs(kernel)
	store := x.store()
	if list.From, err = builtFrom(kernel); err != nil {
		return list, err
	}
	if x.to == "" {
		if x.to, err = newest(ctx, store, list.From); err != nil {
			return list, err
		}
	}
	list.To = x.to
	if list.To == list.From {
		return list, nil
	}
	if err := x.mayGet(ctx, store, list.From, list.To); err != nil {
		return list, err
	}
	original, err := x.original(ctx, store, kernel)
	if err != nil {
		return list, err
	}
	newer, err := store.Get(ctx, x.to)
	if err != nil {
		return list, err
	}
	files, err := fixes.Survey(ctx, store, source.Pair{Old: original, New: newer}, kernel.Headers)
	if err != nil {
		return list, err
	}
	changelog, err := newer.Changelog(ctx)
	if err == nil {
		changelog, err = source.Between(changelog, list.From, list.To)
	}
	if err != nil {
		return list, err
	}
	loaded := x.modulesHere(list.Running)
	for _, e := range fixes.Entries(files, fixes.Assign(files, changelog)) {
		if filter.Wants(e) {
			list.Fixes = append(list.Fixes, listed(e, loaded))
		}
	}
	return list, nil
}

// mayGet returns a *session.DownloadError if a version would be downloaded and a person has to be asked first.
func (x *fixFlags) mayGet(ctx context.Context, store *source.Store, versions ...string) error {
	if !x.ask {
		return nil
	}
	missing, err := store.Missing(ctx, versions...)
	if err != nil || len(missing) == 0 {
		return err
	}
	var needed session.DownloadError
	for _, d := range missing {
		needed.Packages = append(needed.Packages, d.String())
	}
	return &needed
}

// newest returns the newest version of a version's series: of those that apt knows, or, where apt cannot be asked, of
// those in the cache.
func newest(ctx context.Context, store *source.Store, from string) (string, error) {
	series, err := source.Series(from)
	if err != nil {
		return "", err
	}
	versions, err := store.Versions(ctx, series)
	switch here := store.Here(series); {
	case len(versions) > 0:
		return versions[0], nil
	case err == nil:
		return "", fmt.Errorf("apt knows no source of %s: apt-get update, or name a version with --to", series)
	case len(here) > 0 && source.CompareVersions(here[0], from) > 0:
		return here[0], nil
	}
	return "", fmt.Errorf("asking apt for the newest source of %s: %w: name a version with --to", series, err)
}

// runs reports whether a kernel is the one that runs.
func runs(kernel *fix.Kernel) bool {
	var uts unix.Utsname
	return unix.Uname(&uts) == nil && unix.ByteSliceToString(uts.Release[:]) == kernel.Release
}

// modulesHere returns the modules that are loaded, nil if another kernel is meant or nobody knows.
func (x *fixFlags) modulesHere(running bool) map[string]bool {
	if !running {
		return nil
	}
	loaded, err := fixes.LoadedModules()
	if err != nil {
		x.note(err.Error())
	}
	return loaded
}

// listed says what is to be known of an entry.
func listed(e fixes.Entry, loaded map[string]bool) session.Fix {
	l := session.Fix{Function: e.Function, Change: e.How(), Patch: session.FixDoubtful,
		Why: "it is not known where it is", Parts: []string{}, Here: session.UseUnknown, Called: string(session.UseUnknown),
		Fixes: []session.FixTitle{}}
	if e.File != nil {
		l.File, l.Parts, l.Here = e.File.Path, append(l.Parts, e.File.Parts...), session.Use(e.File.Use(loaded))
		verdict, why := e.File.Judge(e.Function)
		l.Patch, l.Why = session.Verdict(verdict), why
	}
	for _, fix := range e.Fixes {
		l.Fixes = append(l.Fixes, session.FixTitle{Title: fix.Title, CVEs: append([]string{}, fix.CVEs...),
			Version: fix.Version, Upstream: fix.Upstream, Guessed: fix.Guessed})
	}
	return l
}
