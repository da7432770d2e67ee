// SPDX-License-Identifier: GPL-2.0-only

package fixes

import (
	"path"
	"slices"
	"strings"
)

// near returns how much of a title's prefix is in a file's path, or in the names of functions there: the sum of the
// words' weights; 0: the file belongs to another subsystem. That is so if a word of the last part is not there, or all
// words of another part are not.
func (x *index) near(i int, t title) float64 {
	sum := 0.0
	for n, part := range t.prefix {
		if dir := subsystems[strings.Join(part, " ")]; dir != "" {
			if !strings.HasPrefix(x.files[i].Path, dir) {
				return 0
			}
			sum++
			continue
		}
		hits, known, last := 0, 0, n == len(t.prefix)-1
		for _, w := range part {
			has, somewhere := x.has(i, w)
			switch {
			case has:
				sum += max(x.weight[w], 0.5)
				hits++
			case last && (somewhere || len(part) == 1):
				return 0
			}
			if somewhere {
				known++
			}
		}
		if hits == 0 && known > 0 {
			return 0
		}
	}
	return sum
}

// has reports whether a file's path has a word, or what directories are called for it; where no path has the word,
// whether names of its functions do. somewhere: those of any file do.
func (x *index) has(i int, w string) (has, somewhere bool) {
	if called := calledHere[w]; len(x.at[w])+len(x.at[called]) > 0 {
		return x.places[i][w] || x.places[i][called], true
	}
	return x.words[i][w], len(x.with[w]) > 0
}

// touches reports whether any word of a title's prefix is in a file's path.
func (x *index) touches(i int, t title) bool {
	return slices.ContainsFunc(slices.Concat(t.prefix...), func(w string) bool {
		return x.places[i][w] || x.places[i][calledHere[w]]
	})
}

// candidates returns the files that may be near a title: those that have a word of the last part of its prefix.
func (x *index) candidates(t title) []int {
	var in []int
	if len(t.prefix) == 0 {
		return nil
	}
	for _, w := range t.prefix[len(t.prefix)-1] {
		in = slices.Concat(in, x.with[w], x.at[calledHere[w]])
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// titled reports whether the last part of a title's prefix has a word of the file's own name.
func (x *index) titled(i int, t title) bool {
	own := wordsOf(path.Base(x.files[i].Path))
	return slices.ContainsFunc(t.prefix[len(t.prefix)-1], func(w string) bool { return slices.Contains(own, w) })
}
