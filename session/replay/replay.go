// SPDX-License-Identifier: GPL-2.0-only

// Package replay plays recorded events as a session.Console. It needs neither root nor the recorded kernel.
package replay

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"spotos/session"
)

// Options are the options of Open.
type Options struct {
	Speed float64 // times as fast as recorded; 0: without pauses, as fast as the reader takes events
}

// Recording is a session.Console over recorded events. It lists every operation in the file as a patch. Its methods may
// be called from any goroutine.
type Recording struct {
	file string
	opts Options
	runs []recordedRun
}

// recordedRun is one operation of the file.
type recordedRun struct {
	info    session.PatchInfo
	started session.Started
	events  []session.Event
}

// Open reads a recording: a journal, or the output of --json. The error says that the file cannot be read, has a line
// that is no event, or has no operation in it.
func Open(file string, opts Options) (*Recording, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening recording: %w", err)
	}
	defer f.Close()
	r := &Recording{file: file, opts: opts}
	dec := session.NewDecoder(f)
	for {
		event, err := dec.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading recording %s: %w", file, err)
		}
		r.add(event)
	}
	if len(r.runs) == 0 {
		return nil, fmt.Errorf("reading recording %s: no operation in it: record one with --journal or --json", file)
	}
	return r, nil
}

// add appends an event to its run. A Started begins a run; events before the first Started belong to none and are left
// out. So is the result of the command that printed the journal, which has no patch: its time is that of the printing.
func (r *Recording) add(event session.Event) {
	if event.Header().Kind == session.KindResult && event.Header().Patch == "" {
		return
	}
	if started, ok := event.(session.Started); ok {
		info := session.PatchInfo{
			Name:      r.freeName(started.Patch),
			Title:     "recorded " + started.Time.Format("2006-01-02 15:04:05") + " on " + started.Host,
			Functions: started.Functions,
			State:     started.State,
			File:      r.file,
		}
		if started.About != nil {
			info.Severity, info.References = started.About.Severity, started.About.References
		}
		r.runs = append(r.runs, recordedRun{started: started, info: info})
	}
	if len(r.runs) > 0 {
		last := &r.runs[len(r.runs)-1]
		last.events = append(last.events, event)
	}
}

// freeName returns a name that no run has yet: the patch's, with a number after it from the second run on.
func (r *Recording) freeName(patch string) string {
	n := 1
	for _, run := range r.runs {
		if run.started.Patch == patch {
			n++
		}
	}
	if n == 1 {
		return patch
	}
	return fmt.Sprintf("%s #%d", patch, n)
}

// Capabilities returns the host and kernel of the recording. Nothing can be switched in it.
func (r *Recording) Capabilities() session.Capabilities {
	first := r.runs[0].started
	return session.Capabilities{Host: first.Host, Kernel: first.Kernel, CanWatch: true,
		Notes: []string{"Playing " + filepath.Base(r.file) + ", a recording: nothing can be changed in it."}}
}

// Patches lists the recorded operations in the order of the file. The error is always nil.
func (r *Recording) Patches(context.Context) ([]session.PatchInfo, error) {
	list := make([]session.PatchInfo, len(r.runs))
	for i, run := range r.runs {
		list[i] = run.info
	}
	return list, nil
}

// Describe returns what the recording has of a patch. An older one has the names of its functions only.
func (r *Recording) Describe(_ context.Context, patch string) (session.About, error) {
	run, err := r.run(patch)
	if err != nil {
		return session.About{}, err
	}
	about := session.About{Kernel: run.started.Kernel, DiffWrong: "this recording is older, and says no more of the patch"}
	for _, name := range run.started.Functions {
		about.Functions = append(about.Functions, session.AboutFunction{Name: name})
	}
	if run.started.About != nil {
		about = *run.started.About
	}
	about.Recorded = true
	return about, nil
}

// run returns the operation that Patches calls by that name.
func (r *Recording) run(patch string) (recordedRun, error) {
	i := slices.IndexFunc(r.runs, func(run recordedRun) bool { return run.info.Name == patch })
	if i < 0 {
		return recordedRun{}, fmt.Errorf("opening %s: not in the recording %s", patch, r.file)
	}
	return r.runs[i], nil
}

// Open plays a recorded operation from its start, by the name that Patches gives it. It returns a session.Player. When
// ctx is done, the player ends.
func (r *Recording) Open(ctx context.Context, patch string, _ session.OpenOptions) (session.Operation, error) {
	run, err := r.run(patch)
	if err != nil {
		return nil, err
	}
	return newPlayer(ctx, run.events, r.opts.Speed), nil
}
