// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// NotInSourceError says that a source has no such files.
type NotInSourceError struct {
	Source string
	Files  []string // or patterns
}

func (e *NotInSourceError) Error() string {
	return fmt.Sprintf("the source of %s has no %s", e.Source, listed(e.Files))
}

// Need unpacks what the patterns mean, unless it has been unpacked before: a file ("net/ipv4/raw.c"), the files of one
// directory ("net/ipv4/*"), or all below a directory ("include/"). The error is a *NotInSourceError if a pattern means
// nothing; what the others mean has been unpacked then.
func (s *Source) Need(ctx context.Context, patterns ...string) error {
	_, err := s.need(ctx, patterns)
	return err
}

// need is Need, and returns the files, sorted.
func (s *Source) need(ctx context.Context, patterns []string) ([]string, error) {
	find := s.found
	if s.dir != "" {
		index, err := s.unpack(ctx, patterns)
		if err != nil {
			return nil, err
		}
		find = func(pattern string) ([]string, error) { return index.Files(pattern), nil }
	}
	var files, lacks []string
	for _, p := range patterns {
		some, err := find(p)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			lacks = append(lacks, p)
		}
		files = append(files, some...)
	}
	if len(lacks) > 0 {
		return nil, &NotInSourceError{s.name, lacks}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// Index returns the list of the source's files. The first time it reads the whole source for that, and of a directory
// that a person gave each time.
func (s *Source) Index(ctx context.Context) (*Index, error) {
	if s.dir == "" {
		return s.walk(ctx)
	}
	return s.unpack(ctx, nil)
}

// List returns the paths of all files, sorted. Unlike Index it does not read what a directory that a person gave has.
func (s *Source) List(ctx context.Context) ([]string, error) {
	if s.dir != "" {
		index, err := s.unpack(ctx, nil)
		if err != nil {
			return nil, err
		}
		return slices.Sorted(maps.Keys(index.files)), nil
	}
	var files []string
	err := fs.WalkDir(os.DirFS(s.tree), ".", func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case e.IsDir() && file == ".git":
			return fs.SkipDir
		case !e.IsDir():
			files = append(files, file)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

func (s *Source) havePath() string { return filepath.Join(s.dir, "have") }

// have returns the patterns whose files have been unpacked whole.
func (s *Source) have() []string {
	data, err := os.ReadFile(s.havePath())
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func (s *Source) setHave(patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	return WriteWhole(s.havePath(), func(file *os.File) error {
		_, err := file.WriteString(strings.Join(patterns, "\n") + "\n")
		return err
	})
}
