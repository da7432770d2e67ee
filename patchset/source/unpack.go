// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// maxFile bounds one unpacked file, in bytes. The largest of the kernel's has 24 MB.
const maxFile = 128 << 20

// unpack unpacks what the patterns mean and returns the index. What it does not need to read again it does not.
func (s *Source) unpack(ctx context.Context, patterns []string) (*Index, error) {
	unlock, err := s.store.lock(ctx, s.dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s.index == nil {
		s.index, err = readIndex(s.dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errBadIndex) {
			return nil, err
		}
	}
	index := s.index
	have := s.have()
	if index == nil { // nobody knows whether what was unpacked is right
		have = nil
		if err := errors.Join(os.RemoveAll(s.havePath()), os.RemoveAll(s.tree)); err != nil {
			return nil, err
		}
	}
	wanted := uncovered(patterns, have)
	if index != nil {
		wanted = slices.DeleteFunc(wanted, func(p string) bool { return len(index.Files(p)) == 0 })
		if len(wanted) == 0 {
			return index, nil
		}
	}
	s.announce(index, wanted)
	job := &unpacking{known: index, found: &Index{files: make(map[string]entry)}, wanted: newMatcher(wanted),
		had: newMatcher(have)}
	if err := s.read(ctx, job); err != nil {
		return nil, err
	}
	if index == nil {
		index = job.found
		if err := index.write(s.dir); err != nil {
			return nil, fmt.Errorf("keeping the index: %w", err)
		}
		s.index = index
	}
	if err := s.setHave(append(uncovered(have, wanted), wanted...)); err != nil {
		return nil, fmt.Errorf("keeping what was unpacked: %w", err)
	}
	return index, nil
}

// announce says what is going to be unpacked.
func (s *Source) announce(index *Index, wanted []string) {
	size := ""
	if info, err := os.Stat(s.packed); err == nil {
		size = " (" + megabytes(info.Size()) + ", packed)"
	}
	what := strings.Join(wanted, ", ")
	if len(wanted) > 3 {
		what = fmt.Sprintf("%d files or directories", len(wanted))
	}
	switch {
	case index == nil && len(wanted) == 0:
		s.store.say("listing the source of %s%s", s.name, size)
	case index == nil:
		s.store.say("listing the source of %s%s and unpacking %s", s.name, size, what)
	default:
		s.store.say("unpacking %s of the source of %s%s", what, s.name, size)
	}
}

// unpacking is one reading of a packed source.
type unpacking struct {
	known  *Index // made earlier; nil: this reading makes it
	found  *Index // what this reading has seen
	wanted *matcher
	had    *matcher // unpacked earlier
	left   int      // files to come
	root   *os.Root
}

// read reads the packed source: all of it if there is no index yet, and else until it has what is wanted.
func (s *Source) read(ctx context.Context, job *unpacking) error {
	if err := os.MkdirAll(s.tree, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.tree)
	if err != nil {
		return err
	}
	defer root.Close()
	job.root, job.left = root, -1
	if job.known != nil {
		job.left = 0
		for file := range job.known.files {
			if job.wants(file) {
				job.left++
			}
		}
	}
	return stream(ctx, s.packed, s.keepChangelog, func(header *tar.Header, file string, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return job.take(header, file, content)
	})
}

func (job *unpacking) wants(file string) bool { return job.wanted.has(file) && !job.had.has(file) }

// take lists a file, and unpacks it if it is wanted.
func (job *unpacking) take(header *tar.Header, file string, content io.Reader) error {
	wants := job.wants(file)
	if job.known != nil && !wants {
		return nil
	}
	if header.Size > maxFile {
		return fmt.Errorf("%s has %s: no file of the kernel's is as large", file, megabytes(header.Size))
	}
	if header.Typeflag == tar.TypeSymlink {
		content = strings.NewReader(linkText(header.Linkname))
	}
	sum := sumOf
	if wants {
		sum = func(r io.Reader) (entry, error) { return job.write(header, file, r) }
	}
	seen, err := sum(content)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", file, err)
	}
	job.found.files[file] = seen
	if job.known == nil {
		return nil
	}
	if job.known.files[file] != seen {
		return fmt.Errorf("%s is not what it was when the source was listed: it is damaged", file)
	}
	if job.left--; job.left == 0 {
		return errEnough
	}
	return nil
}

// write makes the file, by itself and not into one that is there, which may be a hard link of another tree's.
func (job *unpacking) write(header *tar.Header, file string, content io.Reader) (entry, error) {
	if err := job.root.MkdirAll(path.Dir(file), 0o755); err != nil {
		return entry{}, err
	}
	if err := job.root.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return entry{}, err
	}
	if header.Typeflag == tar.TypeSymlink {
		seen, err := sumOf(content)
		return seen, errors.Join(err, job.root.Symlink(header.Linkname, file))
	}
	out, err := job.root.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644|fs.FileMode(header.Mode)&0o111)
	if err != nil {
		return entry{}, err
	}
	seen, err := sumOf(io.TeeReader(content, out))
	return seen, errors.Join(err, out.Close())
}
