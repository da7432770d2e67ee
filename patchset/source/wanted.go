// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"path"
	"slices"
	"strings"
)

// A pattern names what is wanted of a source: a file ("net/ipv4/raw.c"), the files of one directory ("net/ipv4/*"), or
// a directory with all below it ("include/").

// matches reports whether a pattern means a file.
func matches(pattern, file string) bool {
	if dir, one := strings.CutSuffix(pattern, "/*"); one {
		return path.Dir(file) == dir
	}
	if strings.HasSuffix(pattern, "/") {
		return strings.HasPrefix(file, pattern)
	}
	return file == pattern
}

// covers reports whether a pattern means all that another one means.
func covers(pattern, other string) bool {
	if pattern == other {
		return true
	}
	dir, one := strings.CutSuffix(pattern, "/*")
	if one {
		return path.Dir(other) == dir && !strings.HasSuffix(other, "/")
	}
	return strings.HasSuffix(pattern, "/") && strings.HasPrefix(other, pattern)
}

// matcher answers for many files whether some of the patterns means them.
type matcher struct {
	exact map[string]bool // files, and directories without their "/*"
	below []string
}

func newMatcher(patterns []string) *matcher {
	m := &matcher{exact: make(map[string]bool)}
	for _, p := range patterns {
		if strings.HasSuffix(p, "/") {
			m.below = append(m.below, p)
		} else {
			m.exact[p] = true
		}
	}
	return m
}

func (m *matcher) has(file string) bool {
	return m.exact[file] || m.exact[path.Dir(file)+"/*"] ||
		slices.ContainsFunc(m.below, func(dir string) bool { return strings.HasPrefix(file, dir) })
}

// uncovered returns those patterns that none of the others covers.
func uncovered(patterns, by []string) []string {
	return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool {
		return slices.ContainsFunc(by, func(have string) bool { return covers(have, p) })
	})
}
