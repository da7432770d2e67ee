// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/patchset/build"
	"spotos/patchset/byhand"
	"spotos/patchset/fix"
	"spotos/patchset/source"
	"spotos/session"
)

// directory is a patch that was written by hand, to be built.
type directory struct {
	path, headers, symvers string
}

// buildDirectory runs make, links what the patches use and the kernel does not export, and prints the names of the
// modules. If it fails none of them is left.
func (f *flags) buildDirectory(ctx context.Context, d *directory) error {
	if _, err := os.Stat(filepath.Join(d.path, "Makefile")); err != nil {
		return fmt.Errorf("building %s: %w: spotos patch new makes such a directory", d.path, err)
	}
	warnings, err := d.make(ctx, "")
	if err != nil {
		return err
	}
	built, err := filepath.Glob(filepath.Join(d.path, "*.ko"))
	if err != nil || len(built) == 0 {
		return fmt.Errorf("building %s: make reported no error, but there is no .ko", d.path)
	}
	if err := d.link(ctx, built); err != nil {
		for _, file := range built {
			_ = os.Remove(file) // it has references that nobody has resolved
		}
		return refusedFix(err)
	}
	for _, line := range warnings {
		note(line)
	}
	for _, file := range built {
		f.printFile(file)
	}
	note(next(built...))
	return nil
}

// undefined matches modpost's warning of a symbol that no module exports. byhand looks at each of those.
var undefined = regexp.MustCompile(`modpost: "[^"]+" \[.*\] undefined!`)

// make runs make, with more flags for the compiler, and returns the warnings. modpost only warns of symbols that nobody
// exports: link refuses those that it cannot resolve.
func (d *directory) make(ctx context.Context, flags string) ([]string, error) {
	args := []string{"-C", d.path, "KDIR=" + d.headers, "SYMVERS=" + d.symvers, "KBUILD_MODPOST_WARN=1"}
	if flags != "" {
		args = append(args, "KCFLAGS="+strings.TrimSpace(os.Getenv("KCFLAGS")+" "+flags))
	}
	run := exec.CommandContext(ctx, "make", args...)
	// On SIGTERM make ends the commands that it runs; on SIGKILL they would go on.
	run.Cancel = func() error { return run.Process.Signal(unix.SIGTERM) }
	output, err := run.CombinedOutput()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	logFile := filepath.Join(d.path, buildLog)
	if err != nil {
		where := "--verbose prints all that was said"
		if os.WriteFile(logFile, output, 0o644) == nil {
			where = "all that was said is in " + logFile
		}
		return nil, &session.Explained{Raw: string(output),
			Sentence: fmt.Sprintf("building %s: make: %v: %s: %s", d.path, err, whyBuildFailed(d.path, string(output)), where)}
	}
	_ = os.Remove(logFile) // of an earlier build
	var warnings []string
	for _, line := range strings.Split(string(output), "\n") {
		if (strings.Contains(line, "warning:") || strings.HasPrefix(line, "WARNING:")) && !undefined.MatchString(line) {
			warnings = append(warnings, line)
		}
	}
	return warnings, nil
}

// link resolves what the module uses and the kernel does not export. A module without that stays as it is.
func (d *directory) link(ctx context.Context, built []string) error {
	for _, file := range built {
		p, err := patchset.Read(file)
		if err != nil {
			return err
		}
		uses, err := byhand.Find(byhand.Request{Patch: p, Headers: d.headers, Symvers: []string{d.symvers},
			Kernel: func() (*fix.Kernel, error) { return fix.KernelOf(d.headers) }})
		switch {
		case err != nil:
			return err
		case uses == nil:
			continue
		case len(built) > 1:
			return fmt.Errorf("building %s: %s uses what the kernel does not export, and is not alone: give each such patch "+
				"a directory of its own", d.path, file)
		}
		for _, use := range uses.List {
			note(use.String())
		}
		if err := d.linkOne(ctx, file, uses); err != nil {
			return fmt.Errorf("linking %s: %w", file, err)
		}
	}
	return nil
}

// linkOne builds a module again with what was found out for it, and links it.
func (d *directory) linkOne(ctx context.Context, file string, uses *byhand.Uses) error {
	dir, err := os.MkdirTemp("", "spotos-late-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	header, err := uses.Header()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, byhand.HeaderName), header, 0o644); err != nil {
		return err
	}
	if _, err := d.make(ctx, "-DSPOTOS_LATE -I"+dir); err != nil {
		return err
	}
	stripped := filepath.Join(dir, "stripped.ko")
	if output, err := build.Run(ctx, dir, "objcopy", "--strip-debug", absolute(file), stripped); err != nil {
		return errors.Join(err, errors.New(strings.TrimSpace(output)))
	}
	data, err := os.ReadFile(stripped)
	if err != nil {
		return err
	}
	if data, err = uses.Link(data); err != nil {
		return err
	}
	err = source.WriteWhole(file, func(to *os.File) error {
		_, err := to.Write(data)
		return errors.Join(err, to.Sync())
	})
	if err != nil {
		return err
	}
	_, err = patchset.Read(file)
	return err
}

// absolute returns a path that is good in every directory.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
