// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"spotos/internal/safego"
)

// Download is a package that Get would download.
type Download struct {
	Package, Version string
	Bytes            int64  // 0: apt does not say
	Into             string // the directory that it would be kept in
}

func (d Download) String() string { return d.Package + " " + d.Version + ": " + d.size() }

func (d Download) size() string {
	if d.Bytes == 0 {
		return "of unknown size"
	}
	return megabytes(d.Bytes)
}

// Missing returns what Get would download for these versions, and downloads nothing.
func (s *Store) Missing(ctx context.Context, versions ...string) ([]Download, error) {
	var missing []Download
	for _, version := range versions {
		name, err := packageOf(version)
		if err != nil {
			return nil, err
		}
		if _, has := s.Kept(version); !has {
			missing = append(missing, s.downloadOf(ctx, name, version))
		}
	}
	return missing, nil
}

// packageFile returns where the cache has the package of a version.
func (s *Store) packageFile(version string) string {
	return filepath.Join(s.Dir, "source", version, "package.deb")
}

// downloadOf returns the download of a package, without its size if apt does not know that version yet.
func (s *Store) downloadOf(ctx context.Context, name, version string) Download {
	d := Download{Package: name, Version: version, Into: filepath.Dir(s.packageFile(version))}
	// In a directory that has the package already apt would print nothing.
	uri, err := run(ctx, "/", "apt-get", "-q", "download", "--print-uris", name+"="+version)
	if part := strings.Fields(uri); err == nil && len(part) > 2 {
		if n, err := strconv.ParseInt(part[2], 10, 64); err == nil {
			d.Bytes = n
		}
	}
	return d
}

// download has apt fetch a package, which compares it with the archive's signed hashes. What an earlier process left
// half is removed: the caller holds the lock.
func (s *Store) download(ctx context.Context, name, version, to string) error {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "download-*"))
	for _, dir := range left {
		os.RemoveAll(dir)
	}
	what := s.downloadOf(ctx, name, version)
	s.say("downloading %s %s from Debian's archive: %s, into %s", name, version, what.size(), what.Into)
	dir, err := os.MkdirTemp(filepath.Dir(to), "download-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stop := s.watch(dir, what.Bytes)
	// As apt's own user it could not write here.
	_, err = run(ctx, dir, "apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name+"="+version)
	stop()
	if err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) != 1 {
		return fmt.Errorf("apt-get download left %d packages in %s", len(debs), dir)
	}
	return os.Rename(debs[0], to)
}

// watchPause is how often Store.Arrived hears how much of a download is there.
const watchPause = 500 * time.Millisecond

// watch reports the size of the files in a directory to Store.Arrived until stop is called.
func (s *Store) watch(dir string, total int64) (stop func()) {
	if s.Arrived == nil {
		return func() {}
	}
	end := make(chan struct{})
	ended := safego.Start("download", func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(watchPause):
				s.Arrived(sizeOf(dir), total)
			}
		}
	})
	return func() {
		close(end)
		<-ended
	}
}

// sizeOf returns how many bytes the files in a directory have.
func sizeOf(dir string) (bytes int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
	}
	return bytes
}
