// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"cmp"
	"slices"

	"spotos/patchset/source"
)

// Fix is a change that a changelog names, and where it probably is.
type Fix struct {
	source.Change
	Version string // of the package that brought it
	Places  []Place
}

// Place is a file, and of it a function if one is known.
type Place struct {
	File     string
	Function string // as Changes names it; "" if only the file is known
	Guessed  bool   // by words alone: the title names no function that differs in that file
}

// Assign finds where the changes of a changelog are. A changelog names no files. If a title names a function that
// differs in one file of its subsystem, that is the place. Otherwise the place is guessed: the file of the subsystem
// whose name and whose functions have the most words of the title, if no other has nearly as many.
func Assign(files []File, releases []source.Release) []Fix {
	x := newIndex(files)
	var all []Fix
	for _, r := range releases {
		for _, c := range r.Changes {
			all = append(all, Fix{Change: c, Version: r.Version, Places: x.find(titleOf(c.Title))})
		}
	}
	return all
}

// find returns the places of a title.
func (x *index) find(t title) []Place {
	var places []Place
	for _, name := range t.names {
		in := slices.DeleteFunc(slices.Clone(x.functions[name]), func(i int) bool { return x.near(i, t) == 0 })
		if len(in) == 0 && len(x.functions[name]) == 1 && x.touches(x.functions[name][0], t) {
			in = x.functions[name]
		}
		if len(in) == 1 {
			places = append(places, Place{File: x.files[in[0]].Path, Function: x.written(in[0], name)})
		}
	}
	if len(places) > 0 {
		return places
	}
	if i := x.best(t); i >= 0 {
		f := &x.files[i]
		return []Place{{File: f.Path, Function: x.likely(f, t), Guessed: true}}
	}
	return nil
}

// written returns a function's name as Changes has it.
func (x *index) written(file int, name string) string {
	for _, f := range x.files[file].Functions() {
		if slices.Contains(source.Names(f), name) {
			return f
		}
	}
	return ""
}

// Limits of a guess.
const (
	margin  = 1.25 // how much better than the next the best must be
	headers = 0.5  // what the weight of a header is worth
)

// best returns the file that a title without a function's name is most likely about, -1 if that cannot be said.
func (x *index) best(t title) int {
	type scored struct {
		file, hits int
		score      float64
	}
	var all []scored
	for _, i := range x.candidates(t) {
		near := x.near(i, t)
		if near == 0 {
			continue
		}
		score, hits := near, 0
		for _, w := range t.body {
			if x.words[i][w] {
				score += x.weight[w]
				hits++
			}
		}
		if x.files[i].Header() { // what a title is about is rather in the file that goes with it
			score *= headers
		}
		all = append(all, scored{i, hits, score})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	switch {
	case len(all) == 0:
		return -1
	case len(all) > 1 && all[0].score < margin*all[1].score:
		return -1
	case len(all) > 1 && all[0].hits < 2 && !x.titled(all[0].file, t): // too little to choose in a directory
		return -1
	}
	return all[0].file
}

// likely returns the function of a file that a title is most likely about: the only one that differs, or the one that
// has at least two words of it and more than any other; "" otherwise.
func (x *index) likely(f *File, t title) string {
	names := f.Functions()
	if len(names) == 1 {
		return names[0]
	}
	found, most := "", 1
	for _, name := range names {
		words := wordsOf(name)
		n := 0
		for _, w := range t.body {
			if slices.Contains(words, w) {
				n++
			}
		}
		switch {
		case n > most:
			found, most = name, n
		case n == most:
			found = ""
		}
	}
	return found
}
