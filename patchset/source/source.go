// SPDX-License-Identifier: GPL-2.0-only

// Package source has what a patch is made from: the source of a kernel, and the fix. It fetches Debian's source
// packages into a cache and unpacks of them only what is needed; reads diffs and applies them; cuts the changes of some
// functions out of two versions; keeps the line numbers of what was not changed; and reads Debian's changelog.
//
// A Source is read only for whoever gets it: its files may be hard links of those that others build from. A build works
// in a directory of its own, which Checkout fills, and replaces a file there instead of writing into it.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Store keeps the sources of kernels under one directory. Several processes may use the same one.
type Store struct {
	Dir string            // of the cache; it is made where it is missing
	Say func(line string) // hears one line before each step that takes long; nil: nobody does
	// Arrived hears now and then how many bytes of a download are there; total is 0 where apt does not say. nil: nobody
	// does. It is called from another goroutine, and no more once the download has ended.
	Arrived func(done, total int64)
}

func (s *Store) say(format string, args ...any) {
	if s.Say != nil {
		s.Say(fmt.Sprintf(format, args...))
	}
}

// Source is the source of one kernel, packed, or a directory that a person gave.
type Source struct {
	Version string // Debian's; "" where a person gave the source

	store  *Store
	name   string // for people
	dir    string // in the cache; "" for a directory that a person gave
	packed string // the package or the tarball; "" for a directory
	tree   string // where its files are
	index  *Index // once it has been read; whoever holds the lock may use it
}

// Name returns what people call this source: its version, or the path that was given.
func (s *Source) Name() string { return s.name }

// newSource returns a source that keeps what it unpacks in a directory of the cache.
func (s *Store) newSource(name, dir, packed string) *Source {
	return &Source{store: s, name: name, dir: dir, packed: packed, tree: filepath.Join(dir, "tree")}
}

// Read returns a file of the original source. Need must have asked for it before, unless the source is a directory. The
// error wraps fs.ErrNotExist if the file is not there.
func (s *Source) Read(path string) ([]byte, error) {
	root, err := os.OpenRoot(s.tree)
	if err != nil {
		return nil, fmt.Errorf("reading the source of %s: %w", s.name, err)
	}
	defer root.Close()
	data, err := fs.ReadFile(root.FS(), path)
	if err != nil {
		return nil, fmt.Errorf("reading %s of the source of %s: %w", path, s.name, errors.Unwrap(err))
	}
	return data, nil
}

// lockPause is how often a process looks whether another one has left the cache.
const lockPause = 100 * time.Millisecond

// lock makes the directory and waits until no other process changes what is in it. The function returned ends that.
func (s *Store) lock(ctx context.Context, dir string) (func(), error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the cache: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the cache: %w", err)
	}
	for waited := false; ; waited = true {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
		}
		if !waited {
			s.say("waiting for another process that uses %s", dir)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(lockPause):
		}
	}
}

// WriteWhole writes a file so that it is there whole or not at all. write is handed the file while it has another name.
func WriteWhole(path string, write func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	if err := errors.Join(file.Chmod(0o644), write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// megabytes writes a number of bytes for people, rounded to a million.
func megabytes(bytes int64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%d kB", (bytes+999)/1000)
	}
	return fmt.Sprintf("%d MB", (bytes+5e5)/1e6)
}

// listed joins names for a sentence, of many only the first.
func listed(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
