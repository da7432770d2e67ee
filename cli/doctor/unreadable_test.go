// SPDX-License-Identifier: GPL-2.0-only

package doctor

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

// failing is a file system in which every file of some names exists and gives an error.
type failing struct {
	fs.FS
	names []string
	err   error
}

func (f failing) Open(name string) (fs.File, error) {
	if slices.Contains(f.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}

func (f failing) ReadLink(name string) (string, error) {
	if slices.Contains(f.names, name) {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: f.err}
	}
	return fs.ReadLink(f.FS, name)
}

func (f failing) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.FS, name) }

// TestUnreadable has each file of a healthy machine give an error, one after the other: no check takes that for a
// value.
func TestUnreadable(t *testing.T) {
	root := fstest.MapFS{}
	for name, text := range healthy() {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, kind := range []string{"pid", "user"} {
		root["proc/self/ns/"+kind].Mode = fs.ModeSymlink
	}
	root["sys/kernel/livepatch/kpatch_cve/transition"] = &fstest.MapFile{Data: []byte("0\n")}
	root["sys/kernel/livepatch"] = &fstest.MapFile{Mode: fs.ModeDir}
	for name := range root {
		t.Run(name, func(t *testing.T) {
			place := Place{Patches: t.TempDir(), Journal: t.TempDir() + "/j"}
			lines := check(t, failing{root, []string{name}, unix.EIO}, place)
			if worst := Worst(slices.Collect(maps.Values(lines))); worst != Unknown && worst != Fail {
				t.Errorf("it is %s all the same: %v", worst, lines)
			}
		})
	}
}

// TestBrokenFtrace has every file of ftrace say what it says once ftrace has met an inconsistency.
func TestBrokenFtrace(t *testing.T) {
	root := fstest.MapFS{}
	for name, text := range healthy() {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	dead := failing{root, []string{"proc/sys/kernel/ftrace_enabled",
		"sys/kernel/tracing/available_filter_functions"}, unix.ENODEV}
	lines := check(t, dead, Place{Patches: t.TempDir(), Journal: t.TempDir() + "/j"})
	for _, name := range []string{"ftrace", "tracefs"} {
		if l := lines[name]; l.Verdict != Fail || !strings.Contains(l.Found, "ftrace is broken") || l.Do != "reboot it" {
			t.Errorf("%+v", l)
		}
	}
}
