// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Reached is what changed headers may change.
type Reached struct {
	Files     []string // whose code they may change
	Includers int      // how many files that were asked for include one of them
	Names     []string // what the headers define another way, and what other headers make of that
	Wild      string   // why names do not tell who uses the change; "" if they do
}

// Reach returns the files that changed headers may change, among those that wanted takes. A file is reached if it
// includes one of the headers, itself or by way of others, and mentions what is changed there: a function, a macro, a
// constant, a type, or whatever in any other header mentions one of these, and so on. Names that macros make of pieces
// count where their pieces are. Where it is not known what a change defines, all includers are reached.
func (s *Source) Reach(ctx context.Context, headers []File, wanted func(file string) bool) (*Reached, error) {
	x, err := s.Includes(ctx)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, h := range headers {
		paths = append(paths, h.Path)
	}
	all := x.Includers(paths...)
	units := slices.DeleteFunc(slices.Clone(all), func(file string) bool {
		return slices.Contains([]string{".h", ".inc"}, path.Ext(file)) || !wanted(file)
	})
	reached := &Reached{Includers: len(units)}
	if len(units) == 0 {
		return reached, nil
	}
	sp, err := s.spreadOf(ctx, x, headers, units)
	if err != nil {
		return nil, err
	}
	sp.run()
	reached.Names = slices.Sorted(maps.Keys(sp.names))
	if sp.lost() {
		reached.Files, reached.Wild = units, fmt.Sprintf("it spreads to more than %d names", mostNames)
		return reached, nil
	}
	for _, file := range slices.Sorted(maps.Keys(sp.wild)) {
		reached.Wild = file + ": " + sp.wild[file]
	}
	hit := make(map[string]bool)
	for _, file := range x.Includers(slices.Collect(maps.Keys(sp.wild))...) {
		hit[file] = true
	}
	for _, file := range units {
		text, err := s.Read(file)
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if hit[file] || sp.mentioned(string(text)) {
			reached.Files = append(reached.Files, file)
		}
	}
	return reached, nil
}

// spreadOf reads all that some files include and marks what the headers change in it.
func (s *Source) spreadOf(ctx context.Context, x *Includes, headers []File, units []string) (*spread, error) {
	others := x.Included(units...)
	if err := s.Need(ctx, wholly(slices.Concat(units, others))...); err != nil {
		return nil, err
	}
	sp := newSpread()
	for _, file := range others {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(headers, func(h File) bool { return h.Path == file }); i >= 0 {
			sp.add(file, headers[i].Original)
			sp.add(file, headers[i].Patched)
			continue
		}
		text, err := s.Read(file)
		if err != nil {
			return nil, err
		}
		sp.add(file, string(text))
	}
	sp.markPasting()
	for _, h := range headers {
		if err := s.changed(ctx, sp, x, h); err != nil {
			return nil, err
		}
	}
	return sp, nil
}

// wholly returns patterns for some files, in which directories that have most of them stand for all in them.
func wholly(files []string) []string {
	var patterns []string
	for _, file := range files {
		for _, dir := range []string{"include/", "arch/x86/include/"} {
			if strings.HasPrefix(file, dir) {
				file = dir
			}
		}
		patterns = append(patterns, file)
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}

// changed marks what is another thing in a header's new version.
func (s *Source) changed(ctx context.Context, sp *spread, x *Includes, h File) error {
	parts := func(text string) []item {
		var out []item
		for _, it := range itemize(text) {
			out = append(out, enumerated(it)...)
		}
		return out
	}
	old, fresh := parts(h.Original), parts(h.Patched)
	keys := func(items []item) []string {
		out := make([]string, len(items))
		for i := range items {
			out[i] = items[i].key
		}
		return out
	}
	stays := make(map[int]bool)
	var differ []item
	for i, of := range common(keys(old), keys(fresh)) {
		if of >= 0 {
			stays[of] = true
		} else {
			differ = append(differ, fresh[i])
		}
	}
	for i := range old {
		if !stays[i] {
			differ = append(differ, old[i])
		}
	}
	for i := range differ {
		it := &differ[i]
		sp.taint(h.Path, it)
		if it.include == "" {
			continue
		}
		if err := s.nowIncluded(ctx, sp, x, h, it.include); err != nil {
			return err
		}
	}
	return nil
}

// nowIncluded marks the macros of the headers that a header includes only before or only after: they may mean what a
// file calls by the same names. Of all else that such a header declares, no file can have known it without that header.
func (s *Source) nowIncluded(ctx context.Context, sp *spread, x *Includes, h File, name string) error {
	first := x.Resolve(h.Path, name)
	if len(first) == 0 {
		sp.markWild(h.Path, fmt.Sprintf("it includes %s, which is not in the source", name))
		return nil
	}
	had := make(map[string]bool)
	for _, file := range x.without(h.Path, name) {
		had[file] = true
	}
	files := slices.DeleteFunc(slices.Concat(first, x.Included(first...)), func(file string) bool { return had[file] })
	if err := s.Need(ctx, files...); err != nil {
		return err
	}
	for _, file := range files {
		text, err := s.Read(file)
		if err != nil {
			return err
		}
		for _, it := range itemize(string(text)) {
			if it.macro {
				sp.taint(file, &it)
			}
		}
	}
	return nil
}

// without returns what a file includes but for one name, with all that comes by way of it.
func (x *Includes) without(file, name string) []string {
	var direct []string
	for _, other := range x.named[file] {
		if other != name {
			direct = append(direct, x.Resolve(file, other)...)
		}
	}
	direct = append(direct, always...)
	return slices.Concat(direct, x.Included(direct...))
}
