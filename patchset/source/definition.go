// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

// Definition is a function as a source has it.
type Definition struct {
	File     string
	Line     int // where it begins, from 1
	Text     string
	Includes []string // the lines by which its file includes headers that other files include too
}

// Kept returns the source of a version of Debian's kernel if the cache has it, and false if it would have to be
// downloaded.
func (s *Store) Kept(version string) (*Source, bool) {
	dir := filepath.Join(s.Dir, "source", version)
	kept := s.newSource(version, dir, s.packageFile(version))
	kept.Version = version
	_, err := os.Stat(kept.packed)
	return kept, err == nil
}

// Definitions returns the definitions of a function in the files that the patterns mean (see Need), which are unpacked
// for that. Without a pattern it looks through what has been unpacked before.
func (s *Source) Definitions(ctx context.Context, function string, patterns ...string) ([]Definition, error) {
	files, err := s.here(ctx, patterns)
	if err != nil {
		return nil, err
	}
	var found []Definition
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if path.Ext(file) != ".c" {
			continue
		}
		text, err := s.Read(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process unpacks all of it again
		}
		if err != nil {
			return nil, err
		}
		found = append(found, definitionsIn(file, text, function)...)
	}
	return found, nil
}

// here returns files that are unpacked: those that the patterns mean, or all of them.
func (s *Source) here(ctx context.Context, patterns []string) ([]string, error) {
	if len(patterns) > 0 {
		return s.need(ctx, patterns)
	}
	s.store.say("looking through the source of %s", s.name)
	var files []string
	err := fs.WalkDir(os.DirFS(s.tree), ".", func(file string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the source of %s: %w", s.name, err)
	}
	return files, nil
}

// stem matches what a macro puts before the name of a system call, and include the lines that include headers of all.
var (
	stem    = regexp.MustCompile(`^(?:__(?:x64|ia32|se|do)_)?sys_`)
	include = regexp.MustCompile(`(?m)^#include <[^>\n]+>$`)
)

func definitionsIn(file string, text []byte, function string) []Definition {
	if !bytes.Contains(text, []byte(stem.ReplaceAllString(function, ""))) {
		return nil
	}
	var found []Definition
	all := string(text)
	for _, f := range Functions(all) {
		if f.Is(function) && f.Doubt == "" {
			found = append(found, Definition{File: file, Line: f.Line, Text: all[f.Start:f.End],
				Includes: include.FindAllString(all, -1)})
		}
	}
	return found
}
