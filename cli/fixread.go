// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"spotos/internal/bzimage"
	"spotos/patchset/fix"
	"spotos/patchset/source"
	"spotos/session"
)

// say says which step begins.
func (x *fixFlags) say(text string) { heard(x.said, text) }

// note says what a person should know.
func (x *fixFlags) note(text string) { heard(x.noted, text) }

func heard(by func(string), text string) {
	if by == nil {
		by = note
	}
	by(text)
}

// store returns the cache of sources.
func (x *fixFlags) store() *source.Store {
	return &source.Store{Dir: x.cache, Say: x.say, Arrived: x.arrived}
}

// original returns the source that the kernel was built from.
func (x *fixFlags) original(ctx context.Context, store *source.Store, kernel *fix.Kernel) (*source.Source, error) {
	if x.source != "" {
		return store.Given(x.source)
	}
	version, err := builtFrom(kernel)
	if err != nil {
		return nil, err
	}
	if x.from != "" && x.from != version {
		return nil, usageError{fmt.Errorf("kernel %s was built from %s and not from %s: leave --from out", kernel.Release,
			version, x.from)}
	}
	return store.Get(ctx, version)
}

// builtFrom returns the version of the source that a kernel was built from, by its image.
func builtFrom(kernel *fix.Kernel) (string, error) {
	banner, err := bzimage.Version(kernel.Image)
	if err != nil {
		return "", err
	}
	return source.VersionOf(banner)
}

// given returns the diffs that were named.
func (x *fixFlags) given() ([]*source.Diff, error) {
	var diffs []*source.Diff
	for _, name := range x.diffs {
		some, err := readDiff(name)
		if err != nil {
			return nil, err
		}
		diffs = append(diffs, some...)
	}
	return diffs, nil
}

// take returns the named part of the newer version as diffs.
func (x *fixFlags) take(ctx context.Context, store *source.Store, original *source.Source) ([]*source.Diff, error) {
	newer, err := store.Get(ctx, x.to)
	if err != nil {
		return nil, err
	}
	return x.cut(ctx, source.Pair{Old: original, New: newer})
}

// change returns the files as they are to be: with the diffs applied, or as they are, to be compiled again.
func (x *fixFlags) change(ctx context.Context, original *source.Source, diffs []*source.Diff) (*source.Result, error) {
	if len(x.rebuild) == 0 {
		return x.apply(ctx, original, diffs)
	}
	return x.recompile(ctx, original)
}

// apply applies the diffs, and says what it left out.
func (x *fixFlags) apply(ctx context.Context, original *source.Source, diffs []*source.Diff) (*source.Result, error) {
	for _, file := range source.Paths(diffs) {
		var none *source.NotInSourceError
		if err := original.Need(ctx, file); err != nil && !errors.As(err, &none) { // Apply says which file is not there
			return nil, err
		}
	}
	applied, err := source.Apply(diffs, original.Read)
	if err != nil {
		return nil, err
	}
	for _, line := range applied.Notes {
		x.note(line)
	}
	for _, left := range applied.Left {
		x.note(fmt.Sprintf("%s is left out: %s", left.File, left.Why))
	}
	return applied, nil
}

// cut returns the named part of the difference of two versions, and says what it leaves.
func (x *fixFlags) cut(ctx context.Context, pair source.Pair) ([]*source.Diff, error) {
	files := x.files
	if len(files) == 0 {
		for _, function := range x.functions {
			in, err := pair.Find(ctx, function)
			if err != nil {
				return nil, err
			}
			if len(in) != 1 {
				return nil, &session.Refusal{Reason: fmt.Sprintf("the difference of %s between %s and %s is in %d files: "+
					"name one with --file", function, pair.Old.Name(), pair.New.Name(), len(in))}
			}
			files = append(files, in...)
		}
		slices.Sort(files)
		files = slices.Compact(files)
	}
	if len(files) > 1 && len(x.functions) > 0 {
		return nil, usageError{errors.New("--function takes a part of one file: build the others as patches of their own")}
	}
	var diffs []*source.Diff
	for _, file := range files {
		text, cut, err := pair.Cut(ctx, file, x.functions...)
		if err != nil {
			return nil, err
		}
		if len(cut.Needs) > 0 {
			x.note(fmt.Sprintf("what was taken may need what was not: %s", strings.Join(cut.Needs, ", ")))
		}
		if len(cut.Left) > 0 {
			x.note(fmt.Sprintf("%s differs in %s more, which stay as they are", file,
				session.Counted(len(cut.Left), "function")))
		}
		some, err := source.ReadDiffs(file, strings.NewReader(text))
		if err != nil {
			return nil, err
		}
		diffs = append(diffs, some...)
	}
	return diffs, nil
}

// readDiff reads the diffs of a file, or of standard input.
func readDiff(name string) ([]*source.Diff, error) {
	if name == "-" {
		return source.ReadDiffs("standard input", os.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading a diff: %w", err)
	}
	defer file.Close()
	return source.ReadDiffs(name, file)
}
