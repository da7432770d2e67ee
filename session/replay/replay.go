// SPDX-License-Identifier: GPL-2.0-only

// Package replay plays recorded events as a session.Console. It needs neither root nor the kernel that was recorded.
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

// Options says how to play a recording.
type Options struct {
	Speed float64 // times as fast as it happened; 0: as fast as it is read
}

// Recording is a Console over recorded events. Every operation in the file is one of its patches.
type Recording struct {
	file string
	opts Options
	runs []recordedRun
}

type recordedRun struct {
	info    session.PatchInfo
	started session.Started
	events  []session.Event
}

// Open reads a journal, or what --json printed.
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

// add puts an event to its run. A Started begins a run; what stands before the first has none and is left out, and so
// is the result of the command that printed the journal: its time is that of the printing.
func (r *Recording) add(event session.Event) {
	if event.Header().Kind == session.KindResult && event.Header().Patch == "" {
		return
	}
	if started, ok := event.(session.Started); ok {
		r.runs = append(r.runs, recordedRun{started: started, info: session.PatchInfo{
			Name:      r.freeName(started.Patch),
			Title:     "recorded " + started.Time.Format("2006-01-02 15:04:05") + " on " + started.Host,
			Functions: started.Functions,
			State:     started.State,
			File:      r.file,
		}})
	}
	if len(r.runs) > 0 {
		last := &r.runs[len(r.runs)-1]
		last.events = append(last.events, event)
	}
}

// freeName tells the runs of one patch apart.
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

// Capabilities tells where it was recorded.
func (r *Recording) Capabilities() session.Capabilities {
	first := r.runs[0].started
	return session.Capabilities{Host: first.Host, Kernel: first.Kernel, CanWatch: true,
		Notes: []string{"Playing " + filepath.Base(r.file) + ", a recording: nothing can be changed in it."}}
}

// Patches lists the recorded operations in their order.
func (r *Recording) Patches(context.Context) ([]session.PatchInfo, error) {
	list := make([]session.PatchInfo, len(r.runs))
	for i, run := range r.runs {
		list[i] = run.info
	}
	return list, nil
}

// Open plays a recorded operation from its start. What it returns is a Player.
func (r *Recording) Open(ctx context.Context, patch string) (session.Operation, error) {
	i := slices.IndexFunc(r.runs, func(run recordedRun) bool { return run.info.Name == patch })
	if i < 0 {
		return nil, fmt.Errorf("opening %s: not in the recording %s", patch, r.file)
	}
	return newPlayer(ctx, r.runs[i].events, r.opts.Speed), nil
}
