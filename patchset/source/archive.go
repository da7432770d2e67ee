// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// GoneError says that the archive has no such version, any more or yet.
type GoneError struct {
	Version string
	Package string
	Has     []string // versions that it has, the newest first
}

func (e *GoneError) Error() string {
	has := "it has none of " + e.Package
	if len(e.Has) > 0 {
		has = "it has " + listed(e.Has)
	}
	return fmt.Sprintf("the archive that apt knows has no source of kernel %s: %s; give the source yourself: "+
		"its directory, its tarball, or %s_%s_all.deb if somebody kept it", e.Version, has, e.Package, e.Version)
}

// packageOf returns the package that carries a version's source, patched by Debian.
func packageOf(version string) (string, error) {
	series, err := Series(version)
	return "linux-source-" + series, err
}

// Versions returns the versions of a series (6.1) whose source apt knows how to get, the newest first.
func (s *Store) Versions(ctx context.Context, series string) ([]string, error) {
	if _, err := Series(series); err != nil {
		return nil, err
	}
	out, err := run(ctx, "", "apt-cache", "madison", "linux-source-"+series)
	if err != nil {
		return nil, err
	}
	var versions []string
	for line := range strings.Lines(out) {
		part := strings.Split(line, "|")
		if len(part) != 3 || strings.HasSuffix(strings.TrimSpace(part[2]), " Sources") {
			continue
		}
		if v := strings.TrimSpace(part[1]); !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return versions, nil
}

// Get returns the source of a version of Debian's kernel: from the cache, or from the archive that apt knows. It says
// what it downloads before it does. The error is a *GoneError if the archive does not have it.
func (s *Store) Get(ctx context.Context, version string) (*Source, error) {
	name, err := packageOf(version)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(s.Dir, "source", version)
	got := s.newSource(version, dir, s.packageFile(version))
	got.Version = version
	unlock, err := s.lock(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(got.packed); !errors.Is(err, fs.ErrNotExist) {
		return got, err
	}
	if err := s.offered(ctx, name, version); err != nil {
		return nil, err
	}
	if err := s.download(ctx, name, version, got.packed); err != nil {
		return nil, fmt.Errorf("downloading the source of kernel %s: %w", version, err)
	}
	return got, nil
}

// offered returns a *GoneError if apt has no such version. Root has apt look again, if its lists did not have it.
func (s *Store) offered(ctx context.Context, name, version string) error {
	series, err := Series(version)
	if err != nil {
		return err
	}
	has, err := s.Versions(ctx, series)
	if err == nil && !slices.Contains(has, version) && os.Geteuid() == 0 {
		s.say("asking the archive for kernel %s: apt-get update", version)
		if _, err := run(ctx, "", "apt-get", "-q", "update"); err != nil {
			return err
		}
		has, err = s.Versions(ctx, series)
	}
	if err == nil && !slices.Contains(has, version) {
		err = &GoneError{Version: version, Package: name, Has: has}
	}
	return err
}

// command makes a command that is asked to end when the context ends.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a command in a directory and returns what it printed. The error has the command's complaint.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := command(ctx, name, args...)
	cmd.Dir = dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", failed(ctx, cmd, err, complaint.String())
	}
	return out.String(), nil
}

// failed makes a command's failure into an error: the context's, if that ended it.
func failed(ctx context.Context, cmd *exec.Cmd, err error, complaint string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if complaint = strings.TrimSpace(complaint); complaint != "" {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, complaint)
	}
	return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
}
