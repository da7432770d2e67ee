// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Given returns the source that a person has: its directory, a tarball of it, or a linux-source package of Debian.
// Nothing is downloaded. What a tarball has is unpacked into the cache; a directory is read where it is.
func (s *Store) Given(path string) (*Source, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the kernel's source: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		sum, err := sumOf(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		return s.newSource(path, filepath.Join(s.Dir, "source", "given-"+sum.sum), path), nil
	}
	for _, has := range []string{"Makefile", "kernel/Makefile", "include/linux/kernel.h"} {
		if _, err := os.Stat(filepath.Join(path, has)); err != nil {
			return nil, fmt.Errorf("%s is not the top directory of a kernel's source: it has no %s", path, has)
		}
	}
	return &Source{store: s, name: path, tree: path}, nil
}

// found returns the files that a pattern means in a directory that a person gave. A link is a file.
func (s *Source) found(pattern string) ([]string, error) {
	dir, rest := path.Split(pattern)
	if rest != "" && rest != "*" {
		dir = pattern
	}
	var files []string
	err := fs.WalkDir(os.DirFS(s.tree), strings.TrimSuffix(dir, "/"), func(file string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.IsDir() && rest == "*" && file+"/" != dir:
			return fs.SkipDir
		case !e.IsDir() && matches(pattern, file):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for %s in the source of %s: %w", pattern, s.name, err)
	}
	slices.Sort(files)
	return files, nil
}

// walk makes the index of a directory that a person gave. What version control and kbuild keep there is left out.
func (s *Source) walk(ctx context.Context) (*Index, error) {
	s.store.say("listing %s", s.name)
	x := &Index{files: make(map[string]entry)}
	root := os.DirFS(s.tree)
	err := fs.WalkDir(root, ".", func(file string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case e.IsDir() && file == ".git":
			return fs.SkipDir
		case e.Type().IsRegular() && !strings.HasSuffix(file, ".o") && !strings.HasSuffix(file, ".cmd"):
			x.files[file], err = sumFile(root, file)
		case e.Type()&fs.ModeSymlink != 0:
			var to string
			if to, err = os.Readlink(filepath.Join(s.tree, file)); err == nil {
				x.files[file], err = sumOf(strings.NewReader(linkText(to)))
			}
		}
		return err
	})
	return x, err
}

func sumFile(root fs.FS, file string) (entry, error) {
	in, err := root.Open(file)
	if err != nil {
		return entry{}, err
	}
	defer in.Close()
	return sumOf(in)
}

// linkText is what the index hashes of a symbolic link.
func linkText(to string) string { return "link to " + to }

// Checkout fills a directory, which is made, with what the patterns mean (see Need), unpacked before if it has to be.
// Files are hard links of the cache's where that is possible: replace them, never write into them.
func (s *Source) Checkout(ctx context.Context, dir string, patterns ...string) error {
	files, err := s.need(ctx, patterns)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.place(file, filepath.Join(dir, file)); err != nil {
			return fmt.Errorf("copying %s of the source of %s: %w", file, s.name, err)
		}
	}
	return nil
}

// place makes a file a hard link of the source's, or a copy: where that is on another file system, or a person's.
func (s *Source) place(file, to string) error {
	from := filepath.Join(s.tree, file)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	if s.dir != "" && os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return WriteWhole(to, func(out *os.File) error {
		_, err := io.Copy(out, in)
		return errors.Join(err, out.Chmod(info.Mode().Perm()))
	})
}

// Replace writes a file into a directory that Checkout has filled, in place of the one there: a hard link's other names
// keep what they have.
func Replace(dir, file string, text []byte) error {
	to := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return WriteWhole(to, func(out *os.File) error {
		_, err := out.Write(text)
		return err
	})
}
