// SPDX-License-Identifier: GPL-2.0-only

package fix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"spotos/patchset/build"
	"spotos/patchset/source"
)

// compiled is one file, as it was and as it is to be.
type compiled struct {
	file              string
	module            string // that the file is a part of; "" for the kernel itself
	original, patched *build.Object
	data              []byte // of the original object, as far as it is loaded
}

// missing is what the compiler says of a header that it does not find.
var missing = regexp.MustCompile(`(?m)^(\S+?):\d+:\d+: fatal error: (\S+\.[hc]): No such file or directory`)

// compile compiles both versions of a file, each in a tree of its own. Of the source only the file's directory is
// unpacked, and what the compiler then says that it lacks.
func (m *maker) compile(ctx context.Context, file source.File) (*compiled, error) {
	c := &compiled{file: file.Path}
	rules, patterns, err := m.rules(ctx, file.Path)
	if err != nil {
		return c, err
	}
	for tries := 0; ; tries++ {
		err := m.compileBoth(ctx, file, rules, patterns, c)
		var refused *build.CompileError
		if !errors.As(err, &refused) {
			return c, err
		}
		more := m.lacks(file.Path, refused.Output, patterns)
		if len(more) == 0 || tries == maxTries {
			return c, m.hopeless(c, refused)
		}
		patterns = append(patterns, more...)
	}
}

// maxTries is how often more of the source is unpacked for a file. Each time the compiler names one header.
const maxTries = 12

// lacks returns patterns for what a compiler's output misses; none if the source has none either.
func (m *maker) lacks(file, output string, patterns []string) []string {
	match := missing.FindStringSubmatch(output)
	if match == nil {
		return nil
	}
	searched := m.searched(output)
	var more []string
	for _, dir := range searched {
		if pattern := dir + "/*"; !slices.Contains(patterns, pattern) && m.hasIn(dir) {
			more = append(more, pattern)
		}
	}
	if len(more) > 0 {
		return more
	}
	from := strings.TrimPrefix(strings.TrimPrefix(match[1], m.dir+"/original/"), m.dir+"/patched/")
	for _, dir := range append([]string{path.Dir(from), path.Dir(file), "include", "."}, searched...) {
		header := path.Join(dir, match[2])
		if pattern := path.Dir(header) + "/*"; m.has(header) && !slices.Contains(patterns, pattern) {
			return []string{pattern}
		}
	}
	return nil
}

// sides are the two versions of a fix's files, each with a tree of its own.
var sides = []side{
	{"original", func(f source.File) string { return f.Original }},
	{"patched", func(f source.File) string { return source.KeepLines(f.Original, f.Patched) }},
}

type side struct {
	name string
	text func(source.File) string
}

// tree fills a side's tree with what the patterns mean of the source, and puts files of the fix into it.
func (m *maker) tree(ctx context.Context, s side, patterns []string, files []source.File) (string, error) {
	tree := filepath.Join(m.dir, s.name)
	if err := m.Source.Checkout(ctx, tree, patterns...); err != nil {
		return "", err
	}
	for _, f := range files {
		if err := source.Replace(tree, f.Path, []byte(s.text(f))); err != nil {
			return "", err
		}
	}
	// Some headers include "../../../net/NAME", which the compiler finds from there only.
	if err := os.MkdirAll(filepath.Join(tree, "arch/x86/include"), 0o755); err != nil {
		return "", err
	}
	return tree, rewrite(tree)
}

// compileBoth compiles both versions by the rules of a directory, with what the patterns mean of the source. If the fix
// changes headers, both are compiled with those of the tree.
func (m *maker) compileBoth(ctx context.Context, file source.File, rules string, patterns []string, c *compiled) error {
	for i, object := range []**build.Object{&c.original, &c.patched} {
		tree, err := m.tree(ctx, sides[i], patterns, append([]source.File{file}, m.headers...))
		if err != nil {
			return err
		}
		from := build.Source{KernelDir: m.Kernel.Headers, Tree: tree, File: file.Path, Rules: rules,
			OwnHeaders: len(m.headers) > 0}
		m.say("compiling %s, %s", file.Path, sides[i].name)
		if *object, _, err = build.Compile(ctx, from); err != nil {
			return err
		}
		made, err := from.MadeOf()
		if err == nil {
			err = m.ownHeaders(file.Path, made)
		}
		if err != nil {
			return err
		}
	}
	var err error
	c.data, err = c.original.Loaded().Bytes()
	return err
}

// ownHeaders fails if a file was made of another copy of a header that the fix changes: the change would be lost.
func (m *maker) ownHeaders(of string, made []string) error {
	for _, file := range made {
		for _, header := range m.headers {
			if strings.HasPrefix(file, "/") && strings.HasSuffix(file, "/"+header.Path) {
				return fmt.Errorf("%s was compiled with %s and not with the source's: take headers without changes of "+
					"their own", of, file)
			}
		}
	}
	return nil
}
