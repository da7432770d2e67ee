// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"spotos/patchset/build"
	"spotos/patchset/fixes"
	"spotos/patchset/narrow"
	"spotos/patchset/source"
)

// mostIncluders is how many files are preprocessed because of a header, at most: both versions of one take about a
// second of a processor.
const mostIncluders = 300

const (
	batch    = 12 // files that make preprocesses in one run
	sayEvery = 20 // files between two messages
)

// changeable returns those of the files that include a header of the fix that its change may reach, to be compiled as
// they are.
func (m *maker) changeable(ctx context.Context, includers []string) ([]source.File, error) {
	users, err := m.narrow(ctx, includers)
	switch {
	case err != nil:
		return nil, err
	case len(users) > mostUnits:
		return nil, &build.RefusedError{Refusals: []build.Refusal{m.tooMany(len(includers), users)}, Files: users}
	case len(users) == 0:
		m.say("%s changes the code of none of the %d files that include it", m.headerNames(), len(includers))
		return nil, nil
	}
	m.say("%s may change the code of %d of the %d files that include it: %s", m.headerNames(), len(users), len(includers),
		strings.Join(users, ", "))
	var units []source.File
	for _, file := range users {
		text, err := m.Source.Read(file)
		if err != nil {
			return nil, err
		}
		units = append(units, source.File{Path: file, Original: string(text), Patched: string(text)})
		m.implied[file] = true
	}
	return units, nil
}

// narrow returns those of the files whose objects may depend on what the fix changes in its headers, by what the
// preprocessor makes of each with the old headers and with the new ones. A file of which that is not known is among
// them.
func (m *maker) narrow(ctx context.Context, includers []string) ([]string, error) {
	patterns, by, err := m.surroundings(ctx, includers)
	if err != nil {
		return nil, err
	}
	for _, s := range sides {
		if _, err := m.tree(ctx, s, patterns, m.headers); err != nil {
			return nil, err
		}
	}
	groups := make(map[string][]string) // by the directory of the rules
	for _, file := range includers {
		rules := rulesFor(by, file)
		groups[rules] = append(groups[rules], file)
	}
	var touched []string
	done, said := 0, 0
	for _, rules := range slices.Sorted(maps.Keys(groups)) {
		for files := range slices.Chunk(groups[rules], batch) {
			some, err := m.touched(ctx, rules, files)
			if err != nil {
				return nil, err
			}
			touched, done = append(touched, some...), done+len(files)
			if done-said >= sayEvery || done == len(includers) {
				m.say("preprocessed %d of %d files that include %s: it may change the code of %d", done, len(includers),
					m.headerNames(), len(touched))
				said = done
			}
		}
	}
	return touched, nil
}

// surroundings returns patterns for what is needed of the source to preprocess some files, beside the kernel's own
// headers, and by which directory's rules each is compiled.
func (m *maker) surroundings(ctx context.Context, files []string) (patterns []string, by map[string]string, err error) {
	includes, err := m.Source.Includes(ctx)
	if err != nil {
		return nil, nil, err
	}
	var rules []string
	for _, file := range files {
		of, around, err := m.around(ctx, file)
		if err != nil {
			return nil, nil, err
		}
		rules, patterns = append(rules, of...), append(patterns, around...)
	}
	for _, file := range includes.Included(files...) {
		if !strings.HasPrefix(file, "include/") && !strings.HasPrefix(file, "arch/x86/include/") {
			patterns = append(patterns, file)
		}
	}
	slices.Sort(patterns)
	slices.Sort(rules)
	patterns = slices.Compact(patterns)
	if err := m.Source.Need(ctx, patterns...); err != nil { // in one reading
		return nil, nil, err
	}
	by, err = fixes.RulesOf(ctx, m.Source, m.Kernel.Headers, files, slices.Compact(rules))
	return patterns, by, err
}

// touched returns those of some files, which one directory's rules compile, that the change of the headers reaches. The
// two trees are worked in side by side.
func (m *maker) touched(ctx context.Context, rules string, files []string) ([]string, error) {
	made, failed := make([][]build.Preprocessed, len(sides)), make([]error, len(sides))
	var both sync.WaitGroup
	for i, s := range sides {
		both.Go(func() {
			from := build.Source{KernelDir: m.Kernel.Headers, Tree: path.Join(m.dir, s.name), Rules: rules, OwnHeaders: true}
			made[i], failed[i] = build.Preprocess(ctx, from, files)
		})
	}
	both.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	var touched []string
	for n, file := range files {
		if m.why(file, made[0][n], made[1][n]) != "" {
			touched = append(touched, file)
		}
	}
	return touched, nil
}

// why says why a file counts as touched, "" if it does not.
func (m *maker) why(file string, original, patched build.Preprocessed) string {
	for _, p := range []build.Preprocessed{original, patched} {
		err := p.Err
		if err == nil {
			err = m.ownHeaders(file, p.MadeOf)
		}
		if err != nil {
			return err.Error()
		}
	}
	return narrow.Touched(original.Text, patched.Text)
}
