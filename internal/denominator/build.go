// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"spotos/patchset/build"
	"spotos/patchset/fix"
	"spotos/patchset/fixes"
	"spotos/patchset/running"
	"spotos/patchset/source"
)

// fileLimit bounds the time for one file. Two compilations on a busy machine take a minute or two.
const fileLimit = 10 * time.Minute

// sample is the files of one run.
type sample struct {
	options
	kernel *fix.Kernel
	pair   source.Pair
	files  []fixes.File // in the order of the draw
}

// shuffled returns the files of C that a kernel is compiled of and that differ, in a random order that the seed alone
// decides.
func shuffled(changed []fixes.File, seed uint64) []fixes.File {
	var files []fixes.File
	for _, f := range changed {
		if f.Compiled() && f.State == fixes.Changed && path.Ext(f.Path) == ".c" {
			files = append(files, f)
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files
}

// build makes a patch of each file until there are as many as wanted, those not counted that turn out not to be in the
// kernel. Files that have a record already are not made again.
func (s *sample) build(ctx context.Context) ([]record, error) {
	kept, err := openRecords(filepath.Join(s.dir, "records.jsonl"))
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	var dirs []string
	for _, f := range s.files[:min(s.count, len(s.files))] {
		dirs = append(dirs, path.Dir(f.Path)+"/*")
	}
	slices.Sort(dirs)
	if err := s.pair.Old.Need(ctx, slices.Compact(dirs)...); err != nil { // in one reading of the source
		return nil, err
	}
	var records []record
	for i := 0; i < len(s.files) && len(records) < s.count; i++ {
		f := s.files[i]
		r, has := kept.of(f.Path, s.again)
		if !has {
			began := time.Now()
			r = s.one(ctx, f)
			r.Seconds = time.Since(began).Round(100 * time.Millisecond).Seconds()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err := kept.add(r); err != nil {
				return nil, err
			}
			say(fmt.Sprintf("%d of %d: %s: %s", len(records)+1, s.count, f.Path, r))
		}
		if r.Outcome != absent {
			records = append(records, r)
		}
	}
	return records, nil
}

// one makes a patch of the whole difference of a file.
func (s *sample) one(ctx context.Context, f fixes.File) (r record) {
	ctx, cancel := context.WithTimeout(ctx, fileLimit)
	defer cancel()
	c := f.Changes
	r = record{File: f.Path, Bodies: len(c.Heads)+len(c.New)+len(c.Gone)+len(c.Outside) == 0 && len(c.Bodies) > 0}
	defer func() {
		if p := recover(); p != nil {
			r.Outcome, r.Reasons = failed, []reason{{"crash", fmt.Sprintf("%v\n%s", p, debug.Stack())}}
		}
	}()
	text, _, err := s.pair.Cut(ctx, f.Path)
	if err != nil {
		return r.ended(err)
	}
	diffs, err := source.ReadDiffs(f.Path, strings.NewReader(text))
	if err != nil {
		return r.ended(err)
	}
	applied, err := source.Apply(diffs, s.pair.Old.Read)
	if err != nil {
		return r.ended(err)
	}
	out := filepath.Join(s.dir, moduleOf(f.Path)+".ko")
	made, err := fix.Make(ctx, fix.Request{Kernel: s.kernel, Source: s.pair.Old, Files: applied.Files, Diff: text,
		About: fix.About{Title: f.Path + " as in " + s.to}, Symvers: []string{s.symvers}, Out: out})
	if err != nil {
		return r.ended(err)
	}
	r.Outcome, r.Module, r.Late = patch, filepath.Base(out), made.Late
	for _, fn := range made.Functions {
		r.Functions = append(r.Functions, fn.Name)
	}
	return r
}

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// moduleOf returns the name of the patch of a file: at most 55 letters, the end of the path.
func moduleOf(file string) string {
	name := noName.ReplaceAllString(strings.ToLower(strings.TrimSuffix(file, ".c")), "_")
	return "d_" + strings.TrimLeft(name[max(0, len(name)-50):], "_")
}

// ended fills in what an error means.
func (r record) ended(err error) record {
	var refused *build.RefusedError
	var difference *running.Difference
	var compiler *build.CompileError
	switch {
	case errors.Is(err, build.ErrSame):
		r.Outcome, r.Reasons = same, []reason{{"no difference in code", err.Error()}}
	case errors.As(err, &refused):
		r.Outcome = refusedAs
		for _, one := range refused.Refusals {
			r.Reasons = append(r.Reasons, reason{kindOf(one.Symbol + " " + one.Why), one.String()})
		}
		if len(refused.Refusals) == 1 && strings.Contains(refused.Refusals[0].Why, "not compiled in this kernel") {
			r.Outcome = absent
		}
	case errors.As(err, &difference):
		r.Outcome, r.Reasons = refusedAs, []reason{{"the source is not proved to be the kernel's code", err.Error()}}
	case errors.As(err, &compiler):
		r.Outcome, r.Reasons = failed, []reason{{"compiler", err.Error()}}
	case len(source.Refusals(err)) > 0:
		r.Outcome = refusedAs
		for _, one := range source.Refusals(err) {
			r.Reasons = append(r.Reasons, reason{string(one.Kind), one.Error()})
			if one.Kind == source.CommentsOnly {
				r.Outcome = same
			}
		}
	default:
		r.Outcome, r.Reasons = failed, []reason{{"error", err.Error()}}
	}
	return r
}
