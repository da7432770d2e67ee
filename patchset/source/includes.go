// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// includesName is the file of the cache that holds who includes what; another form of it gets another name.
const includesName = "includes-5"

// Includes says which files of a source include which others, by their texts: what conditionals leave out counts as
// well. It leaves nothing out that a compiler for x86 may find; what it has in excess the compiler shows.
type Includes struct {
	named  map[string][]string // what each file includes, as written: "a.h" or <a.h>
	has    map[string]bool     // the source's files
	ends   map[string][]string // those by their last part
	direct map[string][]string // the files that each file includes, as far as they were asked for
	users  map[string][]string // the other way round
}

// Includes returns who includes whom. The first time it reads the whole source, and of a directory that a person gave
// each time.
func (s *Source) Includes(ctx context.Context) (*Includes, error) {
	index, err := s.Index(ctx)
	if err != nil {
		return nil, err
	}
	data, err := s.Keep(ctx, includesName, func() ([]byte, error) { return s.listIncludes(ctx, index) })
	if err != nil {
		return nil, fmt.Errorf("finding out which files include which: %w", err)
	}
	x := &Includes{named: make(map[string][]string), has: make(map[string]bool), ends: make(map[string][]string),
		direct: make(map[string][]string)}
	for file := range index.files {
		if inKernel(file) {
			x.has[file] = true
			x.ends[path.Base(file)] = append(x.ends[path.Base(file)], file)
		}
	}
	file := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if name, is := strings.CutPrefix(line, "\t"); is {
			x.named[file] = append(x.named[file], name)
		} else {
			file = line
		}
	}
	return x, nil
}

// inKernel reports whether a file may be compiled into a kernel for x86. One of the tools is, too.
func inKernel(file string) bool {
	_, is := aside(file)
	return !is
}

// included is a directive that includes a file, or that names one for another which includes what a macro says.
var (
	included = regexp.MustCompile(`^#[ \t]*(?:include(?:_next)?|define[ \t]+\w+)[ \t]*("[^"]+\.\w+"|<[^>]+\.\w+>)`)
	traced   = regexp.MustCompile(`^#[ \t]*define[ \t]+TRACE_INCLUDE_FILE[ \t]+(\w+)`)
)

// includesOf returns what a text includes, each once.
func includesOf(text []byte) []string {
	var out []string
	text = bytes.ReplaceAll(text, []byte("\\\n"), []byte(" "))
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if bytes.IndexByte(line, '#') < 0 {
			continue
		}
		if bytes.Contains(line, []byte("/*")) {
			line = inLine.ReplaceAll(line, []byte(" "))
		}
		out = append(out, named(line)...)
		if _, behind, found := bytes.Cut(line, []byte("*/")); found { // a comment may end before a directive
			out = append(out, named(behind)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inLine is a comment that begins and ends in one line.
var inLine = regexp.MustCompile(`/\*.*?\*/`)

// named returns what a line names if it is a directive that includes something, or that does so by way of another.
func named(line []byte) []string {
	if line = bytes.TrimLeft(line, " \t"); len(line) == 0 || line[0] != '#' {
		return nil
	}
	if match := traced.FindSubmatch(line); match != nil {
		return []string{`"` + string(match[1]) + `.h"`}
	}
	if match := included.FindSubmatch(line); match != nil {
		return []string{string(match[1])}
	}
	return nil
}

// listIncludes reads all files and writes for each, on a line of its own, what it includes, behind a tab.
func (s *Source) listIncludes(ctx context.Context, index *Index) ([]byte, error) {
	s.store.say("reading the source of %s whole: which files include which", s.name)
	found := make(map[string][]string)
	note := func(file string, text []byte) {
		if names := includesOf(text); len(names) > 0 {
			found[file] = names
		}
	}
	wanted := func(file string) bool {
		return inKernel(file) && index.files[file].size <= maxFile
	}
	var err error
	if s.dir == "" {
		root := os.DirFS(s.tree)
		for file := range index.files {
			if !wanted(file) {
				continue
			}
			text, err := fs.ReadFile(root, file)
			if err != nil {
				return nil, err
			}
			note(file, text)
		}
	} else {
		err = stream(ctx, s.packed, s.keepChangelog, func(header *tar.Header, file string, content io.Reader) error {
			if err := ctx.Err(); err != nil || !wanted(file) || header.Typeflag != tar.TypeReg {
				return err
			}
			text, err := io.ReadAll(content)
			note(file, text)
			return err
		})
	}
	var out bytes.Buffer
	for _, file := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintf(&out, "%s\n\t%s\n", file, strings.Join(found[file], "\n\t"))
	}
	return out.Bytes(), err
}
