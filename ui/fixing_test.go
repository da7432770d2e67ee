// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"spotos/session"
)

// fixing is a console with the fixes of testdata/fixes.json, a part of what a real kernel lacks. Nothing is built.
type fixing struct {
	session.Console
	calls   io.Writer // receives the requests, one line each; nil: nobody does
	missing bool      // the sources have to be downloaded first
	fail    error     // what comes of a build, if it is not nil
	hang    string    // the patch whose first building does not end by itself

	mu    sync.Mutex
	hung  bool
	built []session.PatchInfo
}

func (f *fixing) record(format string, args ...any) {
	if f.calls != nil {
		fmt.Fprintf(f.calls, format+"\n", args...)
	}
}

// needed are what has to be downloaded.
var needed = &session.DownloadError{Packages: []string{"linux-source-6.1 6.1.170-3: 139 MB",
	"linux-source-6.1 6.1.192-2: 139 MB"}}

func (f *fixing) Fixes(ctx context.Context, work session.Work) (list session.FixList, err error) {
	f.record("list, download %v", work.Download)
	work.Report(session.Progress{Step: "asking what is newer than this kernel's source"})
	if f.missing && !work.Download {
		return list, needed
	}
	if f.missing {
		work.Report(session.Progress{Step: "downloading linux-source-6.1 6.1.170-3 from Debian's archive: 139 MB, into " +
			"/var/cache/spotos/source/6.1.170-3"})
		work.Report(session.Progress{Done: 58.2e6, Total: 139e6})
	}
	if err := ctx.Err(); err != nil {
		return list, err
	}
	data, err := os.ReadFile(filepath.Join("testdata", "fixes.json"))
	if err != nil {
		return list, err
	}
	return list, json.Unmarshal(data, &list)
}

func (f *fixing) BuildFix(ctx context.Context, from session.FixList, fix session.Fix, work session.Work) (
	session.BuiltFix, error) {
	f.record("build %s of %s", fix.Name, from.To)
	for _, text := range []string{"reading the code of kernel 6.1.0-47-amd64", "compiling " + fix.File + ", original",
		"compiling " + fix.File + ", patched", "comparing " + fix.File + " with the kernel's code", "linking"} {
		work.Report(session.Progress{Step: text})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hang == fix.Name && !f.hung {
		f.hung = true
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		f.record("cancelled")
		return session.BuiltFix{}, ctx.Err()
	}
	if f.fail != nil {
		return session.BuiltFix{}, f.fail
	}
	f.built = append(f.built, session.PatchInfo{Name: fix.Name, Title: fix.Fixes[0].Title, Functions: fix.Take,
		References: fix.Fixes[0].CVEs, State: session.StateNotLoaded})
	return session.BuiltFix{Patch: fix.Name, Functions: fix.Take}, nil
}

// Patches lists what was built behind the patches of the recording.
func (f *fixing) Patches(ctx context.Context) ([]session.PatchInfo, error) {
	list, err := f.Console.Patches(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(list, f.built...), err
}

// at stops the console's clock at a time.
func at(m *Model, now time.Time) { m.opts.Now = func() time.Time { return now } }

// work takes in what the job under way reports, up to n reports, each 7 s after the one before, and then its end.
func work(t *testing.T, m *Model, n int) {
	t.Helper()
	t.Cleanup(m.job.cancel)
	for ; n > 0; n-- {
		msg := m.job.waitCmd()()
		m.Update(msg)
		if _, done := msg.(jobDoneMsg); done {
			return
		}
		at(m, m.opts.Now().Add(7*time.Second))
	}
	m.Update(jobTickMsg{m.job})
}

// wholeJob is more reports than a job makes.
const wholeJob = 100
